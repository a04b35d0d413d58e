//! Panics of a reader that a damaged file confuses: caught, and not told on standard error.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// How many files are being read now; the reader's own threads are quiet meanwhile.
static READING: AtomicUsize = AtomicUsize::new(0);

/// How the reader's threads are called.
const READERS: &str = "polars-";

/// What `read` gives; `None` where it panics. It must leave nothing half-done behind that is used later.
pub(super) fn caught<T>(read: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    // The hook that was there hears of every other panic.
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !is_quiet() {
                before(panic);
            }
        }));
    });
    READING.fetch_add(1, Ordering::SeqCst);
    let before = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(read));
    QUIET.set(before);
    READING.fetch_sub(1, Ordering::SeqCst);
    result.ok()
}

fn is_quiet() -> bool {
    QUIET.get()
        || (READING.load(Ordering::SeqCst) > 0
            && thread::current().name().is_some_and(|name| name.starts_with(READERS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_and_silence_ends_with_it() {
        assert_eq!(caught(|| 1), Some(1));
        assert_eq!(caught(|| panic!("not to be seen")), None::<()>);
        assert!(!is_quiet());
        assert_eq!(caught(is_quiet), Some(true));
    }
}
