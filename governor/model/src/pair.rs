//! Work shared by two threads.

use std::io;
use std::sync::Mutex;

/// How many pieces of work are done at once: each may need a gigabyte.
const THREADS: usize = 2;

/// Does the work of every item, two at a time; what came of them stands in the items' order.
///
/// # Errors
/// The first error of the work; a panic is one.
pub(crate) fn two_at_a_time<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> io::Result<R> + Sync,
) -> io::Result<Vec<R>> {
    let waiting = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(Vec::new());
    let thread = || -> io::Result<()> {
        loop {
            let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
            let Some((place, item)) = next else { return Ok(()) };
            let result = work(item)?;
            done.lock().map_err(|_panic| panicked())?.push((place, result));
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_thread| scope.spawn(thread)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_panic| panicked())?)
    })?;
    let mut done = done.into_inner().map_err(|_panic| panicked())?;
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

fn panicked() -> io::Error {
    io::Error::other("an exploration panicked")
}
