//! What a demo is about, kept in its folder so that an interrupted one goes on with the same.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flyball_domain::{Integration, UnixMillis};
use flyball_storefronts::{Catalog, Stock};
use serde::{Deserialize, Serialize};

use super::vendor::integration;
use crate::args::DemoArgs;

/// What this code writes and reads.
const FORMAT: u32 = 2;
const SCRIPT_FILE: &str = "demo.json";
const CATALOG_FOLDER: &str = "catalogs";

const ACCOUNTS_DEFAULT: u32 = 6;
const PRODUCTS_DEFAULT: u64 = 2_000;
const ORDERS_DEFAULT: u64 = 300;
const SEED_DEFAULT: u64 = 1;

/// A column that Magento's export of products has, and Shopify's has not.
const MAGENTO_COLUMN: &str = "attribute_set_code";

/// Invented names of stores; further ones are numbered.
const NAMES: [&str; 12] = [
    "blue-mug",
    "tin-kettle",
    "paper-fox",
    "north-lamp",
    "quiet-drum",
    "salt-and-oak",
    "little-comet",
    "green-anvil",
    "wool-harbor",
    "brass-finch",
    "cedar-lane",
    "moon-pantry",
];

/// What happens during a demo, each thing to one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A store throttles hard.
    Throttle,
    /// A store goes down and comes back.
    Outage,
    /// A store is stopped by a switch and let go again.
    Switch,
    /// A worker is killed in mid-import.
    Kill,
}

impl Event {
    pub(crate) const ALL: [Self; 4] = [Self::Throttle, Self::Outage, Self::Switch, Self::Kill];

    /// Which of so many stores it happens to.
    pub(crate) fn store(self, accounts: usize) -> usize {
        let place = match self {
            Self::Throttle => 0,
            Self::Outage => 1,
            Self::Switch => 2,
            Self::Kill => 3,
        };
        place % accounts.max(1)
    }
}

/// What a demo is about, and how far its events have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Script {
    format: u32,
    /// What everything random is drawn from.
    pub(crate) seed: u64,
    /// How many stores.
    pub(crate) accounts: u32,
    /// How many products each store has that serves no catalog.
    pub(crate) products: u64,
    /// How many orders each store has.
    pub(crate) orders: u64,
    /// The catalogs, as copied into the folder.
    catalogs: Vec<Kept>,
    /// When the demo began for the first time.
    pub(crate) began: UnixMillis,
    /// Whether all jobs were asked for.
    pub(crate) asked: bool,
    /// The events that are over.
    pub(crate) over: BTreeSet<Event>,
    #[serde(skip)]
    dir: PathBuf,
}

/// A catalog, as copied into the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    file: String,
    layout: Layout,
}

/// Whose export a catalog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Layout {
    Shopify,
    Magento,
}

impl Layout {
    fn of(csv: &[u8]) -> Self {
        let head = csv.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_magento = String::from_utf8_lossy(head).contains(MAGENTO_COLUMN);
        if is_magento { Self::Magento } else { Self::Shopify }
    }

    /// Whose stores serve it.
    const fn is_served_by(self, integration: Integration) -> bool {
        match integration {
            Integration::Magento => matches!(self, Self::Magento),
            Integration::Shopify | Integration::Bigcommerce => matches!(self, Self::Shopify),
        }
    }
}

impl Script {
    /// The script of a folder: the one it has, if it fits the arguments, or a new one.
    pub(crate) fn open(dir: &Path, args: &DemoArgs, now: UnixMillis) -> Result<Self> {
        let path = dir.join(SCRIPT_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut script: Self = serde_json::from_str(&text).with_context(|| {
                    format!("{} is no script of a demo: name another folder", path.display())
                })?;
                if script.format != FORMAT {
                    bail!(
                        "found a demo of format {}, this program knows {FORMAT}: name another \
                         folder, or use the program that it is of",
                        script.format
                    );
                }
                dir.clone_into(&mut script.dir);
                script.check(args)?;
                Ok(script)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Self::begin(dir, args, now)
            }
            Err(error) => Err(error).with_context(|| format!("{} can't be read", path.display())),
        }
    }

    fn begin(dir: &Path, args: &DemoArgs, now: UnixMillis) -> Result<Self> {
        let mut catalogs = Vec::new();
        for (number, path) in args.catalogs.iter().enumerate() {
            let bytes =
                fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
            Catalog::read(bytes.as_slice())
                .with_context(|| format!("{} is no product catalog", path.display()))?;
            let file = format!("{number}.csv");
            fs::create_dir_all(dir.join(CATALOG_FOLDER))?;
            write_whole(&dir.join(CATALOG_FOLDER).join(&file), &bytes)?;
            catalogs.push(Kept { file, layout: Layout::of(&bytes) });
        }
        let script = Self {
            format: FORMAT,
            seed: args.seed.unwrap_or(SEED_DEFAULT),
            accounts: args.accounts.unwrap_or(ACCOUNTS_DEFAULT),
            products: args.products.unwrap_or(PRODUCTS_DEFAULT),
            orders: args.orders.unwrap_or(ORDERS_DEFAULT),
            catalogs,
            began: now,
            asked: false,
            over: BTreeSet::new(),
            dir: dir.to_owned(),
        };
        script.save()?;
        Ok(script)
    }

    /// Refuses arguments that would make another demo of this folder's.
    fn check(&self, args: &DemoArgs) -> Result<()> {
        let dir = self.dir.display();
        let differ = |what: &str, found: u64, kept: u64| {
            bail!(
                "found --{what} {found}, but the demo in {dir} has {what} {kept}: leave --{what} \
                 out to go on with it, or name another folder"
            )
        };
        match args {
            DemoArgs { seed: Some(seed), .. } if *seed != self.seed => {
                differ("seed", *seed, self.seed)
            }
            DemoArgs { accounts: Some(accounts), .. } if *accounts != self.accounts => {
                differ("accounts", u64::from(*accounts), u64::from(self.accounts))
            }
            DemoArgs { products: Some(products), .. } if *products != self.products => {
                differ("products", *products, self.products)
            }
            DemoArgs { orders: Some(orders), .. } if *orders != self.orders => {
                differ("orders", *orders, self.orders)
            }
            DemoArgs { catalogs, .. } if !catalogs.is_empty() => self.check_catalogs(catalogs),
            DemoArgs { .. } => Ok(()),
        }
    }

    fn check_catalogs(&self, given: &[PathBuf]) -> Result<()> {
        let same = given.len() == self.catalogs.len()
            && given.iter().zip(&self.catalogs).all(|(given, kept)| {
                let kept = fs::read(self.dir.join(CATALOG_FOLDER).join(&kept.file)).ok();
                kept.is_some() && fs::read(given).ok() == kept
            });
        if same {
            return Ok(());
        }
        bail!(
            "found other catalogs than those of the demo in {}: leave --catalog out to go on with \
             it, or name another folder",
            self.dir.display()
        )
    }

    /// Writes the script to its folder, whole or not at all.
    pub(crate) fn save(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        write_whole(&self.dir.join(SCRIPT_FILE), text.as_bytes())
    }

    /// The names of the stores, which are their accounts' ids.
    pub(crate) fn names(&self) -> Vec<String> {
        let count = usize::try_from(self.accounts).unwrap_or(usize::MAX);
        (0..count)
            .zip(NAMES.iter().cycle())
            .map(|(number, name)| match number / NAMES.len() {
                0 => (*name).to_owned(),
                round => format!("{name}-{}", round.saturating_add(1)),
            })
            .collect()
    }

    /// What the store with this number sells: of the catalogs that its platform exports, the next,
    /// round robin.
    pub(crate) fn stock(&self, number: usize) -> Result<Stock> {
        let of = integration(number);
        let before = (0..number).filter(|other| integration(*other) == of).count();
        let served: Vec<&Kept> =
            self.catalogs.iter().filter(|kept| kept.layout.is_served_by(of)).collect();
        let Some(kept) = before.checked_rem(served.len()).and_then(|place| served.get(place))
        else {
            return Ok(Stock::Generated { products: self.products });
        };
        let path = self.dir.join(CATALOG_FOLDER).join(&kept.file);
        let file = fs::File::open(&path).with_context(|| format!("{} is gone", path.display()))?;
        Ok(Stock::Catalog(Catalog::read(file)?))
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = || format!("{} can't be written", path.display());
    let new = path.with_extension("new");
    let mut file = fs::File::create(&new).with_context(failed)?;
    file.write_all(bytes).with_context(failed)?;
    file.sync_all().with_context(failed)?;
    fs::rename(&new, path).with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> DemoArgs {
        DemoArgs { accounts: None, products: None, orders: None, catalogs: Vec::new(), seed: None }
    }

    #[test]
    fn a_demo_goes_on_with_what_its_folder_keeps() {
        let dir = tempfile::tempdir().unwrap();
        let first = DemoArgs { accounts: Some(3), seed: Some(7), ..args() };
        let mut script = Script::open(dir.path(), &first, UnixMillis(5)).unwrap();
        script.over.insert(Event::Kill);
        script.save().unwrap();
        let again = Script::open(dir.path(), &args(), UnixMillis(9)).unwrap();
        assert_eq!(again, script);
    }

    #[test]
    fn another_seed_for_the_same_folder_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        Script::open(dir.path(), &args(), UnixMillis(5)).unwrap();
        let other = DemoArgs { seed: Some(7), ..args() };
        let error = Script::open(dir.path(), &other, UnixMillis(9)).unwrap_err().to_string();
        assert!(error.starts_with("found --seed 7, but the demo in"), "{error}");
        let other = DemoArgs { accounts: Some(2), ..args() };
        assert!(Script::open(dir.path(), &other, UnixMillis(9)).is_err());
    }

    #[test]
    fn a_catalog_is_served_by_stores_of_the_platform_that_exports_it() {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            ("mugs.csv", "Handle,Title,Variant Price\nmug,Mug,3\n"),
            (
                "gear.csv",
                "sku,attribute_set_code,product_type,name,price,qty,visibility,url_key\n\
                 bag,Default,simple,Bag,34,5,\"Catalog, Search\",bag\n",
            ),
        ];
        let mut catalogs = Vec::new();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            catalogs.push(path);
        }
        let given = DemoArgs { catalogs, ..args() };
        let script = Script::open(&dir.path().join("demo"), &given, UnixMillis(5)).unwrap();
        let name = |number| match script.stock(number).unwrap() {
            Stock::Catalog(catalog) => catalog.products()[0].title.clone(),
            Stock::Generated { .. } => "generated".to_owned(),
        };
        let names: Vec<String> = (0..6).map(name).collect();
        assert_eq!(names, ["Mug", "Mug", "Bag", "Mug", "Mug", "Bag"]);
        let given = DemoArgs { catalogs: given.catalogs[1..].to_vec(), ..args() };
        let script = Script::open(&dir.path().join("other"), &given, UnixMillis(5)).unwrap();
        assert!(matches!(script.stock(0).unwrap(), Stock::Generated { products: 2_000 }));
    }

    #[test]
    fn every_store_has_a_name_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let many = DemoArgs { accounts: Some(30), ..args() };
        let names = Script::open(dir.path(), &many, UnixMillis(5)).unwrap().names();
        let distinct: BTreeSet<&String> = names.iter().collect();
        assert_eq!((names.len(), distinct.len()), (30, 30));
        assert!(names.iter().all(|name| name.parse::<flyball_domain::AccountId>().is_ok()));
    }
}
