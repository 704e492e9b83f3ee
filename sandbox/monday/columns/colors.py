"""The colours of status labels, by the order in which monday gives them out (a label's default is its id)."""

from __future__ import annotations

STATUS_COLORS: dict[str, str] = {
    "working_orange": "#fdab3d",
    "done_green": "#00c875",
    "stuck_red": "#df2f4a",
    "dark_blue": "#007eb5",
    "purple": "#9d50dd",
    "explosive": "#c4c4c4",
    "grass_green": "#037f4c",
    "bright_blue": "#579bfc",
    "saladish": "#cab641",
    "egg_yolk": "#ffcb00",
    "blackish": "#333333",
    "dark_red": "#bb3354",
    "sofia_pink": "#ff007f",
    "lipstick": "#ff5ac4",
    "dark_purple": "#784bd1",
    "bright_green": "#9cd326",
    "chili_blue": "#66ccff",
    "american_gray": "#757575",
    "brown": "#7f5347",
    "dark_orange": "#ff6d3b",
    "sunset": "#ff7575",
    "bubble": "#faa1f1",
    "peach": "#ffadad",
    "berry": "#7e3b8a",
    "winter": "#9aadbd",
    "river": "#68a1bd",
    "navy": "#225091",
    "aquamarine": "#4eccc6",
    "indigo": "#5559df",
    "dark_indigo": "#401694",
    "pecan": "#563e3e",
    "lavender": "#bda8f9",
    "royal": "#2b76e5",
    "steel": "#a9bee8",
    "orchid": "#d974b0",
    "lilac": "#9d99b9",
    "tan": "#bca58a",
    "sky": "#a1e3f6",
    "coffee": "#cd9282",
    "teal": "#175a63",
}
COLOR_NAMES = tuple(STATUS_COLORS)
GROUP_COLORS = ("#579bfc", "#a25ddc", "#00c875", "#fdab3d", "#e2445c", "#cab641", "#037f4c", "#bb3354")


def darker(color: str) -> str:
    """Return a hex colour a tenth darker: the border monday draws around a label."""
    parts = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{int(part * 0.9):02x}" for part in parts)
