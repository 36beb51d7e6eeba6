"""How X counts and shows a text: weights, emoji as two, addresses as 23 and shortened to t.co."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_WEIGHT = 280
_MOST_CHARACTERS = 25_000  # far beyond any weight of 280: not worth the search for addresses
_ADDRESS_WEIGHT = 23
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))

_COUNTRIES = (
    "ac|ad|ae|af|ag|ai|al|am|an|ao|aq|ar|as|at|au|aw|ax|az|ba|bb|bd|be|bf|bg|bh|bi|bj|bl|bm|bn|bo|bq|br"
    "|bs|bt|bv|bw|by|bz|ca|cc|cd|cf|cg|ch|ci|ck|cl|cm|cn|co|cr|cu|cv|cw|cx|cy|cz|de|dj|dk|dm|do|dz|ec|ee"
    "|eg|eh|er|es|et|eu|fi|fj|fk|fm|fo|fr|ga|gb|gd|ge|gf|gg|gh|gi|gl|gm|gn|gp|gq|gr|gs|gt|gu|gw|gy|hk|hm"
    "|hn|hr|ht|hu|id|ie|il|im|in|io|iq|ir|is|it|je|jm|jo|jp|ke|kg|kh|ki|km|kn|kp|kr|kw|ky|kz|la|lb|lc|li"
    "|lk|lr|ls|lt|lu|lv|ly|ma|mc|md|me|mf|mg|mh|mk|ml|mm|mn|mo|mp|mq|mr|ms|mt|mu|mv|mw|mx|my|mz|na|nc|ne"
    "|nf|ng|ni|nl|no|np|nr|nu|nz|om|pa|pe|pf|pg|ph|pk|pl|pm|pn|pr|ps|pt|pw|py|qa|re|ro|rs|ru|rw|sa|sb|sc"
    "|sd|se|sg|sh|si|sj|sk|sl|sm|sn|so|sr|ss|st|su|sv|sx|sy|sz|tc|td|tf|tg|th|tj|tk|tl|tm|tn|to|tp|tr|tt"
    "|tv|tw|tz|ua|ug|uk|um|us|uy|uz|va|vc|ve|vg|vi|vn|vu|wf|ws|ye|yt|za|zm|zw"
)
_OTHERS = (  # the common ones: X knows some 1,400
    "com|net|org|info|biz|name|pro|edu|gov|mil|int|mobi|museum|travel|jobs|tel|cat|asia|xxx|post|app|dev"
    "|page|blog|shop|store|site|online|tech|cloud|zip|mov|news|xyz|club|live|life|world|today|agency"
    "|design|media|social|studio|email|link|wiki|space|bar|art|fun|game|games|team|work|plus|one|top|vip"
    "|win|ink|run|network|digital|group|global|city|review|reviews|guide|tips|tools|systems|software"
    "|solutions|support|services|company|business|bank|money|finance|health|care|school|university"
    "|academy|events|photo|photos|pics|gallery|video|film|music|radio|band|show|press|pub|cafe|restaurant"
    "|pizza|coffee|beer|wine|fashion|style|shoes|bike|car|cars|auto|house|homes|land|estate|garden|farm"
    "|green|earth|eco|bio|science|energy|community|foundation|charity|church|bible|google|youtube|apple"
    "|amazon|bmw|berlin|london|paris|tokyo|nyc"
)
_END = rf"(?:{_OTHERS}|{_COUNTRIES})(?![A-Za-z0-9@_\-])"
_LABEL = r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\."
_WIDE_LABEL = r"[a-z0-9\u00c0-\u024f](?:[a-z0-9\-\u00c0-\u024f]{0,61}[a-z0-9\u00c0-\u024f])?\."
_GROUP = r"\([^()\s]{1,200}\)"
_PATH = rf"(?:/(?:(?:[a-z0-9\u00c0-\u024f!*';:=+,.$/%#\[\]\-\u2013_~@|&]|{_GROUP})*(?:[a-z0-9\u00c0-\u024f=_#/+\-]|{_GROUP}))?)?"
_QUERY = r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?"
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9@#$._/\-])"
    rf"(?:(?P<scheme>https?://)(?:{_WIDE_LABEL})+{_END}|(?:{_LABEL})+{_END})(?::[0-9]{{1,5}})?{_PATH}{_QUERY}",
    re.IGNORECASE,
)
_PICTOGRAPH = r"[\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299©®\U0001F000-\U0001FAFF]"
_EMOJI = re.compile(
    r"[\U0001F1E6-\U0001F1FF]{2}|[0-9#*]\ufe0f?\u20e3"
    rf"|{_PICTOGRAPH}(?:[\U0001F3FB-\U0001F3FF]|\ufe0f)?(?:[\U000E0020-\U000E007F]+)?"
    rf"(?:\u200d{_PICTOGRAPH}(?:[\U0001F3FB-\U0001F3FF]|\ufe0f)?)*"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as X gives it back: escaped for HTML and with short addresses; `urls` is its entity list."""

    text: str
    urls: list[dict[str, object]]


def weight(text: str) -> int:
    """The length by X's count: 280 is the most."""
    if len(text) > _MOST_CHARACTERS:
        return len(text)
    text = unicodedata.normalize("NFC", text)
    text, addresses = _ADDRESS.subn("", text)
    text, emoji = _EMOJI.subn("", text)
    total = addresses * _ADDRESS_WEIGHT + emoji * 2
    return total + sum(1 if _is_light(ord(character)) else 2 for character in text)


def show(post_id: str, text: str, media_page: str = "", media_keys: Sequence[str] = ()) -> Shown:
    """The text as a reader of the API sees it; media add one more short address, once in the text and once per medium."""
    parts: list[str] = []
    urls: list[dict[str, object]] = []
    end = length = 0
    for match in _ADDRESS.finditer(text):
        before = html.escape(text[end : match.start()], quote=False)
        short = _short_address(post_id, match.start(), match[0])
        length += len(before)
        urls.append(_entity(length, short, _expanded(match)))
        parts += [before, short]
        length += len(short)
        end = match.end()
    shown = "".join(parts) + html.escape(text[end:], quote=False)
    if not media_keys:
        return Shown(shown, urls)
    shown += " " if shown else ""
    short = _short_address(post_id, -1, media_page)
    entity = {**_entity(len(shown), short, media_page), "display_url": "pic.x.com/" + short[-10:]}
    return Shown(shown + short, urls + [{**entity, "media_key": key} for key in media_keys])


def find_addresses(text: str) -> list[tuple[int, int, str]]:
    """Where X sees an address, and how it shows it to readers."""
    return [(match.start(), match.end(), _display(_expanded(match))) for match in _ADDRESS.finditer(text)]


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in _LIGHT)


def _short_address(post_id: str, start: int, address: str) -> str:
    digest = hashlib.sha256(f"{post_id} {start} {address}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"https://t.co/{digest[:10]}"


def _entity(start: int, short: str, expanded: str) -> dict[str, object]:
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": expanded,
        "display_url": _display(expanded),
    }


def _expanded(match: re.Match[str]) -> str:
    return match[0] if match["scheme"] else f"http://{match[0]}"


def _display(expanded: str) -> str:
    display = expanded.split("://", 1)[1].removeprefix("www.")
    return display if len(display) <= 27 else display[:26] + "…"
