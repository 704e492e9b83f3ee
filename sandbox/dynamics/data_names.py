"""Names of the seeded vendors: company, name, city, country, currency. Some are awkward on purpose."""

from __future__ import annotations

LONG_NAME = (
    "Internationale Vertriebs-, Wartungs- und Instandhaltungsgesellschaft für industrielle Förder-, Hebe- und "
    "Verpackungsanlagen sowie deren Ersatz- und Verschleißteile, Zweigniederlassung Süddeutschland, vormals "
    "Gebrüder Hohenstein & Söhne, Inhaber Dr.-Ing. Maximilian Freiherr von Hohenstein-Waldburg GmbH & Co. KG"
)

# account, name, city, country, currency
USMF: tuple[tuple[str, str, str, str, str], ...] = (
    ("US-101", "Fabrikam Electronics", "San Francisco", "USA", "USD"),
    ("US-102", "Tailspin Parts", "Boston", "USA", "USD"),
    ("US-103", "Humongous Insurance", "Chicago", "USA", "USD"),
    ("US-104", "Contoso Office Supply", "Redmond", "USA", "USD"),
    ("US-105", "O'Brien & Sons, Inc.", "Dublin", "IRL", "EUR"),
    ("US-106", 'Acme, Bolts and "Nuts"', "Cleveland", "USA", "USD"),
    ("US-107", "北京联合电子有限公司", "北京", "CHN", "CNY"),
    ("US-108", "上海精密仪器厂", "上海", "CHN", "CNY"),
    ("US-109", "Ελληνικά Λιπαντικά Α.Ε.", "Αθήνα", "GRC", "EUR"),
    ("US-110", "شركة الخليج للتجارة", "دبي", "ARE", "USD"),
    ("US-111", "Café Crème Société Générale", "Besançon", "FRA", "EUR"),
    ("US-112", "Smörgås & Ångström AB", "Malmö", "SWE", "EUR"),
    ("US-113", "Łódź Metalworks Sp. z o.o.", "Łódź", "POL", "PLN"),
    ("US-114", "D'Angelo's Pasta, LLC", "New York", "USA", "USD"),
    ("US-115", "株式会社 東京部品", "東京", "JPN", "JPY"),
    ("US-116", "50% Off Wholesale", "Austin", "USA", "USD"),
    ("US-117", "A. Datum Corporation", "Seattle", "USA", "USD"),
    ("US-118", "Adventure Works", "Bothell", "USA", "USD"),
    ("US-119", "Alpine Ski House", "Denver", "USA", "USD"),
    ("US-120", "Blue Yonder Airlines", "Dallas", "USA", "USD"),
    ("US-121", "City Power & Light", "Portland", "USA", "USD"),
    ("US-122", "Coho Vineyard / Winery", "Napa", "USA", "USD"),
    ("US-123", "Fourth Coffee", "Atlanta", "USA", "USD"),
    ("US-124", "Graphic Design Institute", "Miami", "USA", "USD"),
    ("US-125", "Lamna Healthcare Company", "Houston", "USA", "USD"),
    ("US-126", "Liberty's Delightful Sinful Bakery & Cafe", "Philadelphia", "USA", "USD"),
    ("US-127", "Lucerne Publishing", "Luzern", "CHE", "CHF"),
    ("US-128", "Margie's Travel", "Orlando", "USA", "USD"),
    ("US-129", "Munson's Pickles and Preserves Farm", "Madison", "USA", "USD"),
    ("US-130", "Northwind Traders", "London", "GBR", "GBP"),
    ("US-131", "Proseware, Inc.", "San Jose", "USA", "USD"),
    ("US-132", "Relecloud", "Phoenix", "USA", "USD"),
    ("US-133", "School of Fine Art", "Oxford", "GBR", "GBP"),
    ("US-134", "Southridge Video", "San Diego", "USA", "USD"),
    ("US-135", "Tailwind Toys", "Memphis", "USA", "USD"),
    ("US-136", "Trey Research", "Raleigh", "USA", "USD"),
    ("US-137", "VanArsdel, Ltd.", "Cardiff", "GBR", "GBP"),
    ("US-138", "Wide World Importers", "Long Beach", "USA", "USD"),
    ("1001", "Wingtip Toys", "Tampa", "USA", "USD"),
    ("1002", "Woodgrove Bank", "Charlotte", "USA", "USD"),
)

DEMF: tuple[tuple[str, str, str, str, str], ...] = (
    ("DE-001", LONG_NAME, "Ulm", "DEU", "EUR"),
    ("DE-002", "Müller & Söhne Maschinenbau GmbH", "Stuttgart", "DEU", "EUR"),
    ("DE-003", "Bürobedarf Weiß OHG", "Köln", "DEU", "EUR"),
    ("DE-004", "Stahlhandel Größe KG", "Duisburg", "DEU", "EUR"),
    ("DE-005", "Žižka Nástroje s.r.o.", "Plzeň", "CZE", "EUR"),
    ("DE-006", "L'Atelier d'Élise SARL", "Strasbourg", "FRA", "EUR"),
    ("DE-007", "Verpackungen 24 GmbH", "Bremen", "DEU", "EUR"),
    ("DE-008", "Spedition Sønderborg ApS", "Sønderborg", "DNK", "EUR"),
    ("DE-009", "Elektro Yılmaz", "Berlin", "DEU", "EUR"),
    ("DE-010", "Swiss Präzision AG", "Zürich", "CHE", "CHF"),
    ("DE-011", "Contoso Deutschland GmbH", "München", "DEU", "EUR"),
    ("DE-012", "深圳市光明电子", "深圳", "CHN", "CNY"),
    ("DE-013", "Przemysł Śląski S.A.", "Gliwice", "POL", "PLN"),
    ("DE-014", "Nordlicht Energie eG", "Kiel", "DEU", "EUR"),
    ("DE-015", "Gebäudereinigung Blitz", "Hamburg", "DEU", "EUR"),
    ("DE-016", "Thames Tools Ltd", "Reading", "GBR", "GBP"),
    ("DE-017", "Hausmeister-Service Ost", "Leipzig", "DEU", "EUR"),
    ("DE-018", "Farben, Lacke, Öle Huber", "Passau", "DEU", "EUR"),
    (
        "1001",
        "Wingtip Spielwaren GmbH",
        "Nürnberg",
        "DEU",
        "EUR",
    ),  # the accounts of two other vendors in usmf
    ("1002", "Holzwurm Bank eG", "Freiburg", "DEU", "EUR"),
)

ITEMS: tuple[tuple[str, str, str, float], ...] = (
    ("M0007", "Speaker cable, 10 m", "ea", 12.5),
    ("D0001", "Mid-range speaker", "ea", 84.0),
    ("D0003", 'Standard speaker, 6" walnut', "ea", 142.35),
    ("P0001", "Acoustic foam panel", "box", 39.9),
    ("L0010", 'Projector television, 40"', "ea", 899.0),
    ("T0003", "HDMI 6' cables", "ea", 6.25),
    ("C0012", "Überspannungsschutz 230 V", "Stk", 27.8),
    ("S0101", "Maintenance, hourly", "h", 95.0),
    ("S0102", "Freight & handling", "ea", 18.75),
    ("O0005", "Copy paper A4, 500 sheets", "box", 4.15),
    ("E0220", "电容器 220µF", "pcs", 0.37),
    ("X0900", "Industrial lubricant 5 l", "can", 64.2),
)
