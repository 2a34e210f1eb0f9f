"""The columns and classes of the course's Pokémon file.

Source: the slide 「範例資料：預測會出現哪一隻神奇寶貝？」.
"""

from __future__ import annotations

#: (National Pokédex number, Chinese name as on the slide, English name) of class 0 to 4.
CLASSES: tuple[tuple[int, str, str], ...] = (
    (4, "小火龍", "Charmander"),
    (43, "走路草", "Oddish"),
    (56, "火爆猴", "Mankey"),
    (71, "喇叭芽", "Weepinbell"),
    (98, "大鉗蟹", "Krabby"),
)
N_CLASSES = len(CLASSES)
CLASS_COUNTS = (224, 948, 150, 225, 289)
N_ROWS = sum(CLASS_COUNTS)

#: Distances within which gyms and stops are flagged, in metres.
RADII = (100, 250, 500, 1000, 2500, 5000)
_APPEARED = ("TimeOfDay", "Hour", "Minute", "DayOfWeek", "Day", "Month")
_SUN = (
    *(f"sunrise{part}" for part in ("MinutesMidnight", "Hour", "Minute", "MinutesSince")),
    *(f"sunset{part}" for part in ("MinutesMidnight", "Hour", "Minute", "MinutesBefore")),
)

#: The 201 column names in the file's order: 200 features, then `class`.
COLUMNS: tuple[str, ...] = (
    "latitude",
    "longitude",
    *(f"local.{part}" for part in ("month", "day", "hour", "minute", "second")),
    *(f"appeared{part}" for part in _APPEARED),
    *("terrainType", "closeToWater", "city", "continent"),
    *("weather", "temperature", "windSpeed", "windBearing", "pressure"),
    *_SUN,
    *("population_density", "urban", "suburban", "midurban", "rural"),
    "gymDistanceKm",
    *(f"gymIn{radius}m" for radius in RADII),
    "pokestopDistanceKm",
    *(f"pokestopIn{radius}m" for radius in RADII),
    *(f"cooc_{number}" for number in range(1, 152)),
    "class",
)
FEATURES: tuple[str, ...] = COLUMNS[:-1]
