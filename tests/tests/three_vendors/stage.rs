use flyball_domain::{Integration, Job, Kind, Mode};
use flyball_governor::Policy;
use flyball_importer::Handled;
use flyball_tests::world::{Setup, Shop, World, differences_of};

pub(super) const EVERYWHERE: [(Integration, Kind); 6] = [
    (Integration::Shopify, Kind::Products),
    (Integration::Shopify, Kind::Orders),
    (Integration::Bigcommerce, Kind::Products),
    (Integration::Bigcommerce, Kind::Orders),
    (Integration::Magento, Kind::Products),
    (Integration::Magento, Kind::Orders),
];

/// A system and a store of one platform that is connected to it.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) shop: Shop,
    pub(super) integration: Integration,
    pub(super) kind: Kind,
}

impl Stage {
    pub(super) async fn open(integration: Integration, kind: Kind) -> Self {
        let world = World::open(Policy::STANDARD).await;
        let setup = Setup { integration, products: 150, orders: 150, ..Setup::default() };
        let shop = world.shop("blue-mug", setup).await;
        Self { world, shop, integration, kind }
    }

    /// Asks for a job and handles it to its end.
    pub(super) async fn run(&self, mode: Mode) -> Job {
        let job = self.shop.job_of(self.kind, mode);
        let handled = self.world.handle_now(self.integration, &job).await;
        assert_eq!(handled, Handled::Done);
        job
    }

    /// In what the records differ from what the store has.
    pub(super) async fn differences(&self) -> Vec<String> {
        differences_of(&self.world.system.stores.records, &self.shop, self.kind).await
    }

    /// The ids of what the store has.
    pub(super) fn ids(&self) -> Vec<flyball_domain::VendorId> {
        match self.kind {
            Kind::Products => self.shop.store.truth().map(|product| product.id).collect(),
            Kind::Orders => self.shop.store.true_orders().map(|order| order.id).collect(),
        }
    }

    pub(super) fn delete(&self, id: &flyball_domain::VendorId) {
        match self.kind {
            Kind::Products => self.shop.store.delete(id).unwrap(),
            Kind::Orders => self.shop.store.delete_order(id).unwrap(),
        }
    }

    pub(super) fn touch(&self, id: &flyball_domain::VendorId) {
        match self.kind {
            Kind::Products => self.shop.store.touch(id).unwrap(),
            Kind::Orders => self.shop.store.touch_order(id).unwrap(),
        }
    }
}
