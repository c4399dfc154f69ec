"""What can go wrong with a document other than a mistake in the program."""


class TemplateError(Exception):
    """A document template that an office edited cannot be used.

    The message is one German sentence for the office that names the file, the place in it where there is one, and
    what is wrong.
    """
