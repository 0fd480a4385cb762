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
