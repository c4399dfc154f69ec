"""Hostile input: what somebody might write to turn the bot or its files against others.

Every entry says in its name what it tries. ``MARK`` stands in each, so that what comes out can be found again.
"""

MARK = "Kuckuck"
OUTSIDER = "@boese:evil.example"

PAYLOADS = {
    "script": f"{MARK}<script>alert(1)</script>",
    "image": f"{MARK}<img src=x onerror=alert(1)>",
    "pill": f'{MARK} <a href="https://matrix.to/#/{OUTSIDER}">Eva</a>',
    "link": f"{MARK} [hier](javascript:alert(1)) javascript:alert(1)",
    "markdown": f"{MARK} **x** ![a](http://evil.example/p.png) | a | b |",
    "attribute": f'{MARK}" onmouseover="alert(1)" x=\'',
    "unclosed": f"{MARK} </p></li></ul><h1>groß <!-- ",
    "entity": f"{MARK} &lt;b&gt; &#60;i&#62; &amp;amp;",
    "everybody": f"{MARK} @room @alle",
    "zero width": f"{MARK} a\u200bb\u2060c\ufeffd\u00ad",
    "combining": f"{MARK} " + "Z" + "\u0327\u0334" * 20,
    "hyperlink": f'=HYPERLINK("http://evil.example";"{MARK}")',
    "command": f"=cmd|' /C calc'!A0 {MARK}",
    "plus": f"+1+1 {MARK}",
    "minus": f"-2+3 {MARK}",
    "at": f"@SUM(1+1) {MARK}",
    "path": f"../../etc/{MARK}",
    "windows path": f"C:\\{MARK}\\CON NUL aux.txt",
    "jinja": f"{MARK} {{{{ 7*7 }}}} {{% for x in range(9) %}}y{{% endfor %}} {{# z #}}",
    "docxtpl": f"{MARK} {{%p if 1 %}} {{{{r x }}}} <w:br/> </w:t></w:r>",
    "typst": f'{MARK} #let x = 1 #read("/etc/passwd") $x^2$ *fett* <label> @quelle \\ #image("a.png")',
    "calendar": f"{MARK};X=1:Y,Z\\nATTENDEE:mailto:x@evil.example",
    "percent": f"{MARK} %s %(x)s {{0}} {{title}} $HOME `id`",
    "sql": f"{MARK}'); DROP TABLE task; --",
}
"""Name → one line that is allowed as a title."""

LINES = f"{MARK}\nATTENDEE:mailto:x@evil.example\nEND:VEVENT\n\n> {MARK}\n!hilfe\n=1+1"
"""Further lines, as a description has them."""

CONTROLS = tuple(
    f"{MARK} a{character}b"
    for character in (
        "\x00",
        "\x01",
        "\x07",
        "\x08",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\u202egnp.exe\u202c",
        "\u2067a\u2069",
    )
)
"""What no text may hold: controls, and what turns the direction of writing."""
