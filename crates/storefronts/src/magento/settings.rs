use std::num::NonZeroU32;

/// How a Magento store was set up, as far as its callers notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MagentoHabits {
    /// The most rows a caller may ask for at once; `None` where input limits are off, as they are
    /// out of the box
    /// (<https://developer.adobe.com/commerce/webapi/get-started/api-security/>).
    pub page_size_max: Option<NonZeroU32>,
    /// What its errors tell.
    pub mode: MagentoMode,
    /// Resources that the integration was not given, such as `Magento_Sales::actions_view`.
    pub denied: Vec<String>,
    /// How long it takes over an answer.
    pub slowness: MagentoSlowness,
}

/// What the errors of a Magento store tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MagentoMode {
    /// As little as may be.
    Production,
    /// The trace, and what went wrong inside.
    Developer,
}

/// How long a Magento store takes over an answer, on top of what the machine takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MagentoSlowness {
    /// Milliseconds for each other call under way.
    pub per_call_ms: u64,
    /// Milliseconds for each thousand rows that lie before the page.
    pub per_thousand_rows_ms: u64,
}

impl MagentoHabits {
    /// As a store is out of the box.
    pub const fn plain() -> Self {
        Self {
            page_size_max: None,
            mode: MagentoMode::Production,
            denied: Vec::new(),
            slowness: MagentoSlowness { per_call_ms: 0, per_thousand_rows_ms: 0 },
        }
    }
}
