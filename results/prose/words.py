"""Numbers as they stand in sentences."""

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven")
WORDS += ("eight", "nine", "ten")


def word(number):
    """A small number as a word."""
    return WORDS[number]


def word_or_number(number):
    """A small number as a word, another one in digits."""
    return word(number) if number < len(WORDS) else f"{number:,}"


def listed(values):
    """Numbers as a list in words: 0, 1 and 2."""
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}" if first else last


def share(value, digits=0):
    return f"{100 * value:.{digits}f} %"


def of_255(eps):
    return f"{255 * eps:g}/255"


def points(value):
    """Points of accuracy, without a sign."""
    return f"{abs(value):.1f}"
