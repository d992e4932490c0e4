"""Words that try to be more than words, for everything that shows text of data."""

from __future__ import annotations

import random

ADDRESS = "https://evil.example"
MARKDOWN = (
    f"![i]({ADDRESS}/a.png)",
    f"[l]({ADDRESS}) [j](javascript:window.hacked=1)",
    f"see {ADDRESS}/x",
    "(http://evil.example), HTTP://evil.example and www.evil.example/y",
    "me@evil.example or mailto:me@evil.example",
    f"<{ADDRESS}> <me@evil.example>",
    f"[ref] [ref]: {ADDRESS}",
    "cost $5$ and $$x^2$$ or \\(y\\)",
    ":material/home: :material_home: :streamlit: :smile: :+1: :red[hot] :blue-background[b] :small[s]",
    ":red-badge[b] :help[h] :color[c]{foreground=red} ::leaf[l] :name",
    "**bold** *i* _u_ __d__ ~~gone~~ ~sub~ `code` ``two``",
    "# head",
    "- point",
    "+ plus",
    "1. one",
    "2) two",
    "> quoted",
    "===",
    "---",
    "***",
    "```sh",
    "~~~",
    "|a|b|",
    ":---|---:",
    "[^1] [x] [ ]",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
    "->",
    "<!-- c --> <b>B</b> <br> <img src=x onerror=window.hacked=2>",
    "&amp; &lt;b&gt; &#42; &copy; AT&T",
    "back\\slash \\* \\",
    "two  spaces\n\n# and lines\r\n    code\ttab",
    "left\u202eright\u2066x\u2069\u200fy\u200ez\u200b\ufeff\x00\x07\x1b[31m",
    "🎬 Émoji 猫 ★ 👨\u200d👩\u200d👧 عربى",
    "12:30:45 a:b:c Alien: Covenant {x} %{y} {{z}}",
)
FORMULAS = ('=HYPERLINK("https://evil.example","x")', "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)", "\t=1", "＝1＋1")
_PIECES = (
    *"*_`~[]()<>#+-.!|$:&^={}\\/@'\",; \n1a猫",
    *(
        "www.",
        "http://",
        "https://",
        "e.x",
        ":smile:",
        ":red[",
        "](",
        "![",
        "<b>",
        "</b>",
        "&lt;",
        "$$",
        "->",
        "--",
        "  \n",
        "1.",
        "material/",
    ),
)


def random_words(n: int, seed: int) -> list[str]:
    """Sentences from what markup is made of."""
    dice = random.Random(seed)
    return ["".join(dice.choices(_PIECES, k=dice.randint(1, 14))) for _ in range(n)]
