use std::sync::{Arc, Mutex, PoisonError};

use super::shelf::Draw;

/// How many items are kept. Whoever pages through the parts of one asks for it again and again.
const KEPT: u64 = 256;

/// One of the items that are kept, and its index.
type Place<T> = Mutex<Option<(u64, Arc<T>)>>;

/// The same items, each kept until another one takes its place, so that drawing a large one again
/// costs nothing.
pub(super) fn kept<T: Send + Sync + 'static>(draw: Draw<T>) -> Draw<T> {
    let places: Vec<Place<T>> = (0..KEPT).map(|_| Mutex::new(None)).collect();
    Arc::new(move |index| {
        let place = places.get(usize::try_from(index % KEPT).ok()?)?;
        let lock = || place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((found, item)) = &*lock()
            && *found == index
        {
            return Some(Arc::clone(item));
        }
        let item = draw(index)?;
        *lock() = Some((index, Arc::clone(&item)));
        Some(item)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn an_item_is_drawn_once_until_another_takes_its_place() {
        let drawn = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&drawn);
        let draw = kept(Arc::new(move |index| {
            count.fetch_add(1, Ordering::SeqCst);
            (index < 1_000).then(|| Arc::new(index * 3))
        }));
        for index in [7, 8, 7, 8, 7] {
            assert_eq!(draw(index).as_deref(), Some(&(index * 3)));
        }
        assert_eq!(drawn.load(Ordering::SeqCst), 2);
        assert_eq!(draw(7 + KEPT).as_deref(), Some(&((7 + KEPT) * 3)));
        assert_eq!(draw(7).as_deref(), Some(&21));
        assert_eq!(drawn.load(Ordering::SeqCst), 4);
        assert_eq!(draw(1_000), None);
    }
}
