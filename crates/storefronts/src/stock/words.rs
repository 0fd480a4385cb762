//! The words that made-up products are named with, and the texts that break importers.

pub(super) const MATERIALS: &[&str] = &[
    "Walnut", "Linen", "Brass", "Wool", "Ceramic", "Leather", "Bamboo", "Silver", "Cotton",
    "Slate", "Oak", "Felt", "Glass", "Copper", "Cork", "Hemp",
];
pub(super) const THINGS: &[&str] = &[
    "Mug", "Lamp", "Jumper", "Clock", "Bowl", "Scarf", "Stool", "Notebook", "Vase", "Apron",
    "Basket", "Candle", "Blanket", "Kettle", "Tray", "Planter",
];
pub(super) const VENDORS: &[&str] = &[
    "Hearth & Co",
    "Nordlys",
    "Atelier Brun",
    "Kilnworks",
    "Fjord Supply",
    "O'Malley's",
    "匠工房",
];
pub(super) const TYPES: &[&str] = &["Kitchen", "Living", "Apparel", "Office", "Garden", ""];
pub(super) const TAGS: &[&str] = &[
    "new",
    "sale",
    "handmade",
    "eco",
    "gift",
    "winter",
    "Summer 2026",
    "b-ware",
    "für Kinder",
    "vip",
];
pub(super) const COLORS: &[&str] = &[
    "Red", "Blue", "Green", "Black", "White", "Sand", "Ochre", "Teal", "Plum", "Grey", "Rosé",
    "Türkis",
];
pub(super) const SIZES: &[&str] =
    &["XS", "S", "M", "L", "XL", "XXL", "36", "38", "40", "42", "44", "46", "One size", "Ø 30 cm"];
pub(super) const FINISHES: &[&str] = &[
    "Matte",
    "Gloss",
    "Raw",
    "Oiled",
    "Waxed",
    "Brushed",
    "Lacquered",
    "Aged",
    "Natural",
    "Burnt",
    "Soft",
    "Rough",
];
/// The collections or categories of a store, numbered from 1.
pub(super) const COLLECTIONS: &[&str] = &[
    "Home",
    "Home/Kitchen",
    "Home/Kitchen/Tableware",
    "Home/Living",
    "Wardrobe",
    "Wardrobe/Knitwear",
    "Gifts under 50",
    "Für den Garten",
];
pub(super) const CATEGORIES: &[(&str, &str)] = &[
    ("hg-11-6", "Home & Garden > Kitchen & Dining > Tableware"),
    ("hg-13", "Home & Garden > Lighting"),
    ("aa-1-13", "Apparel & Accessories > Clothing > Clothing Tops"),
    ("os-3", "Office Supplies > General Office Supplies"),
];

/// Texts a careless importer cuts, doubles, reverses or refuses. None holds a NUL.
pub(super) const ODD_TEXTS: &[&str] = &[
    "👩🏽‍🚀🧵 Patch 🏳️‍🌈",
    "كوب خزفي أزرق",
    "\u{202E}desrever\u{202C} label",
    "Za\u{0301}l\u{0323}\u{0307}go\u{0336} te\u{0308}xt",
    "\"Quoted\" & 'single' <b>bold</b> \\ back\\slash",
    "Tab\there, bell\u{0007}, escape\u{001B}[0m, vertical\u{000B}tab",
    "İstanbul ıslak ß ﬁne Å Å",
    "'; DROP TABLE products; --",
    "=HYPERLINK(\"http://example.com\")",
    "  leading and trailing  ",
    "line one\r\nline two\u{2028}line three",
    "zero\u{200B}width\u{FEFF}joiner\u{200D}",
    "{\"json\": [1, null]} %s %n ${HOME}",
    "𝔉𝔯𝔞𝔨𝔱𝔲𝔯 漢字 ひらがな 한국어 हिन्दी",
];

pub(super) const FIRST_NAMES: &[&str] = &[
    "Mara", "Jonas", "Ilse", "Anouk", "Björn", "Siobhán", "Tomás", "Zoë", "Kenji", "Amara",
    "Lucía", "Oskar", "Priya", "Noah", "明", "Yusuf",
];
pub(super) const LAST_NAMES: &[&str] = &[
    "Lindqvist",
    "O'Dwyer",
    "Haller",
    "Brun",
    "Müller-Roth",
    "Ferreira",
    "Nakano",
    "Okafor",
    "Petit",
    "van der Meer",
    "Kowalczyk",
    "Ngata",
    "Sørby",
    "李",
    "Almeida",
    "Frost",
];
pub(super) const COMPANIES: &[&str] =
    &["Kilnworks & Sons", "Atelier Frost GmbH", "Haller, Brun + Co.", "Ngata Supply"];
pub(super) const STREETS: &[&str] = &[
    "Lindengasse",
    "Harbour Road",
    "Rue des Tilleuls",
    "Elm Street",
    "Storgatan",
    "Königsallee",
    "Mill Lane",
    "Calle Mayor",
];
/// A country, one of its cities, its region and the taxes on what is sold there, in percent.
pub(super) struct Place {
    pub(super) country: (&'static str, &'static str),
    pub(super) city: &'static str,
    pub(super) region: Option<(&'static str, &'static str)>,
    pub(super) postal_code: &'static str,
    pub(super) taxes: &'static [(&'static str, i64)],
}
/// Rates are in thousandths of a percent.
pub(super) const PLACES: &[Place] = &[
    Place {
        country: ("DE", "Germany"),
        city: "Freiburg",
        region: None,
        postal_code: "79098",
        taxes: &[("MwSt.", 19_000)],
    },
    Place {
        country: ("AT", "Austria"),
        city: "Linz",
        region: Some(("4", "Oberösterreich")),
        postal_code: "4020",
        taxes: &[("USt.", 20_000)],
    },
    Place {
        country: ("CH", "Switzerland"),
        city: "Chur",
        region: Some(("GR", "Graubünden")),
        postal_code: "7000",
        taxes: &[("MwSt", 8_100)],
    },
    Place {
        country: ("GB", "United Kingdom"),
        city: "York",
        region: Some(("ENG", "England")),
        postal_code: "YO1 7HH",
        taxes: &[("VAT", 20_000)],
    },
    Place {
        country: ("US", "United States"),
        city: "Boulder",
        region: Some(("CO", "Colorado")),
        postal_code: "80302",
        taxes: &[("Colorado State Tax", 2_900), ("Boulder County Tax", 1_185)],
    },
    Place {
        country: ("CA", "Canada"),
        city: "Québec",
        region: Some(("QC", "Quebec")),
        postal_code: "G1R 4P5",
        taxes: &[("GST", 5_000), ("QST", 9_975)],
    },
    Place {
        country: ("HK", "Hong Kong"),
        city: "Sha Tin",
        region: None,
        postal_code: "",
        taxes: &[],
    },
];
/// Currencies that buyers see, with how much of one the store's is worth, in ten-thousandths.
pub(super) const CURRENCIES: &[(&str, i64)] =
    &[("CHF", 9_350), ("GBP", 8_425), ("USD", 10_850), ("SEK", 112_000), ("JPY", 1_615_000)];
/// Ways of shipping, as (title, code, carrier, cents).
pub(super) const SHIPPING: &[(&str, &str, &str, i64)] = &[
    ("Standard", "standard", "DHL", 490),
    ("Express", "express", "UPS", 1_490),
    ("Letter, untracked", "letter", "Post", 290),
    ("Free shipping", "free", "DHL", 0),
    ("Pick up in store", "pickup", "Shop", 0),
];
/// Codes that buyers type, as (code, percent); no percent takes a fixed amount off.
pub(super) const CODES: &[(&str, Option<i64>)] =
    &[("WELCOME10", Some(10)), ("SUMMER 15%", Some(15)), ("HALF", Some(50)), ("FIVEOFF", None)];
/// Who carries out payments, as (gateway, method).
pub(super) const GATEWAYS: &[(&str, Option<&str>)] = &[
    ("card", Some("Visa")),
    ("card", Some("Mastercard")),
    ("paypal", Some("PayPal")),
    ("bank_transfer", None),
];
pub(super) const CHANNELS: &[&str] = &["web", "web", "web", "pos", "marketplace", "phone"];
pub(super) const ORDER_TAGS: &[&str] =
    &["b2b", "gift", "priority", "replacement", "für Mara", "vip"];
pub(super) const REASONS: &[&str] =
    &["Too small", "Arrived broken", "Not as described", "Changed my mind"];
