"""What can go wrong with a document other than a mistake in the program."""


class TemplateError(Exception):
    """A document template that an office edited cannot be used; the message names the file and the place."""
