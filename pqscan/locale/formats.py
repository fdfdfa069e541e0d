"""Dates, numbers and shares as they are written in Vietnamese (22/11/2026, 18,2%) and in English (22 November 2026, 18.2%)."""

from __future__ import annotations

from datetime import date

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def format_date(value: date, language: str) -> str:
    """The day alone, of a date or of an aware datetime (in its own zone, which is UTC everywhere in pqscan)."""
    if language == "vi":
        return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def format_number(value: int, language: str) -> str:
    """Groups of three, with a point in Vietnamese and a comma in English."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language == "vi" else grouped


def format_percent(part: int, whole: int, language: str) -> str:
    """The share with one decimal. What is neither nothing nor all never rounds to 0% or 100%."""
    if whole <= 0:
        return "–"
    tenths = round(part * 1000 / whole)
    if part > 0 and tenths == 0:
        return _decimal("<0.1", language)
    if part < whole and tenths >= 1000:
        return _decimal(">99.9", language)
    text = str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
    return _decimal(text, language)


def format_exact_percent(part: int, whole: int, language: str) -> str:
    """Hundredths of a percent, cut off and never rounded up: 14.999% does not become 15%."""
    if whole <= 0:
        return "–"
    hundredths = part * 10_000 // whole
    return _decimal(f"{hundredths // 100}.{hundredths % 100:02d}", language)


def _decimal(text: str, language: str) -> str:
    return (text.replace(".", ",") if language == "vi" else text) + "%"


def format_months(months: int, language: str) -> str:
    """A span of whole months in years and months: `8 years 1 month`, `8 năm 1 tháng`; below zero with a minus sign."""
    years, rest = divmod(abs(months), 12)
    sign = "−" if months < 0 else ""
    words = ("năm", "tháng") if language == "vi" else ("year" if years == 1 else "years", "month" if rest == 1 else "months")
    parts = [f"{years} {words[0]}"] if years else []
    if rest or not years:
        parts.append(f"{rest} {words[1]}")
    return sign + " ".join(parts)
