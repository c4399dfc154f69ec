"""What is stored about one person: given to them (Art. 15 GDPR), and erased (Art. 17)."""
