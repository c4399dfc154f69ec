"""What ombot serves over HTTP on the loopback: health and metrics for operators."""
