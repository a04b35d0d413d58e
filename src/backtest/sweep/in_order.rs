//! Jobs are worked by all threads at once, and what comes of them is taken in their order, while the next ones are
//! at work.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::base::diagnostic::{Failure, Result};

/// Jobs begun and not yet taken, for each thread: so many that a slow one holds nobody up, so few that what waits for
/// its turn stays small.
const AHEAD: usize = 3;

/// Works `jobs` jobs, each once, and takes the results in order, one at a time, on whichever thread is free. The
/// first failure, in order, ends it; what is at work is then worked to its end and given up.
///
/// # Errors
/// The first failure of `work` or of `take`.
pub(super) fn in_order<T: Send>(
    jobs: usize,
    work: impl Fn(usize) -> Result<T> + Sync,
    take: impl FnMut(T) -> Result<()> + Send,
) -> Result<()> {
    let queue = Queue {
        jobs,
        ahead: AHEAD * rayon::current_num_threads().max(1),
        line: Mutex::new(Line { begun: 0, taken: 0, done: VecDeque::new(), taking: false, over: false }),
        moved: Condvar::new(),
    };
    let taker = Mutex::new((take, None));
    rayon::broadcast(|_| queue.serve(&work, &taker));
    let (_, failure) = taker.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), Err)
}

struct Queue<T> {
    jobs: usize,
    /// How far behind the last job taken one may be begun.
    ahead: usize,
    line: Mutex<Line<T>>,
    /// Told when a job was taken, or all is over.
    moved: Condvar,
}

struct Line<T> {
    begun: usize,
    taken: usize,
    /// From the next one to be taken on: what came of each job, if it is done.
    done: VecDeque<Option<Result<T>>>,
    /// Whether a thread is taking.
    taking: bool,
    over: bool,
}

/// Who takes, and the failure that ended it.
type Taker<F> = Mutex<(F, Option<Failure>)>;

impl<T: Send> Queue<T> {
    /// What one thread does until no job is left.
    fn serve<F: FnMut(T) -> Result<()>>(&self, work: &impl Fn(usize) -> Result<T>, taker: &Taker<F>) {
        let mut alarm = Alarm { queue: self, is_set: true };
        while let Some(job) = self.begin() {
            let done = work(job);
            let mut line = self.line();
            let place = job - line.taken;
            if line.done.len() <= place {
                line.done.resize_with(place + 1, || None);
            }
            line.done[place] = Some(done);
            if !line.taking {
                self.take_all(line, taker);
            }
        }
        alarm.is_set = false;
    }

    /// The next job, once it is near enough to the last one taken; `None` where there is nothing left to do.
    fn begin(&self) -> Option<usize> {
        let near = |line: &mut Line<T>| {
            !line.over && line.begun < self.jobs && line.begun >= line.taken + self.ahead
        };
        let mut line = self.moved.wait_while(self.line(), near).unwrap_or_else(PoisonError::into_inner);
        if line.over || line.begun == self.jobs {
            return None;
        }
        line.begun += 1;
        Some(line.begun - 1)
    }

    /// Takes what is done, up to the first job that is not.
    fn take_all<'q, F: FnMut(T) -> Result<()>>(
        &'q self,
        mut line: MutexGuard<'q, Line<T>>,
        taker: &Taker<F>,
    ) {
        line.taking = true;
        while !line.over && line.done.front().is_some_and(Option::is_some) {
            let done = line.done.pop_front().flatten();
            // Positions in line count from the next one to be taken on.
            line.taken += 1;
            drop(line);
            let ended = done.is_some_and(|done| {
                let (take, failure) = &mut *taker.lock().unwrap_or_else(PoisonError::into_inner);
                *failure = done.and_then(take).err();
                failure.is_some()
            });
            line = self.line();
            line.over |= ended;
            self.moved.notify_all();
        }
        line.taking = false;
    }

    fn line(&self) -> MutexGuard<'_, Line<T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets nobody wait for a thread that panicked before it had switched this off.
struct Alarm<'q, T: Send> {
    queue: &'q Queue<T>,
    is_set: bool,
}

impl<T: Send> Drop for Alarm<'_, T> {
    fn drop(&mut self) {
        if self.is_set {
            self.queue.line().over = true;
            self.queue.moved.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::diagnostic::Diagnostic;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Works jobs of unequal length; gives what was taken, and how it ended.
    fn run(threads: usize, jobs: usize, fails: impl Fn(usize) -> bool + Sync) -> (Vec<usize>, Result<()>) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut taken = Vec::new();
        let work = |job: usize| {
            std::thread::sleep(std::time::Duration::from_micros((job * 7919 % 13) as u64 * 20));
            if fails(job) { Err(Diagnostic::new(format!("job {job}")).into()) } else { Ok(job) }
        };
        let ended = pool.install(|| {
            in_order(jobs, work, |job| {
                taken.push(job);
                Ok(())
            })
        });
        (taken, ended)
    }

    #[test]
    fn all_is_taken_in_order() {
        for threads in [1, 2, 5] {
            for jobs in [0, 1, 2, 60] {
                let (taken, ended) = run(threads, jobs, |_| false);
                assert!(ended.is_ok());
                assert_eq!(taken, (0..jobs).collect::<Vec<_>>(), "{threads} threads");
            }
        }
    }

    #[test]
    fn the_first_failure_in_order_is_told_and_nothing_behind_it_is_taken() {
        for threads in [1, 2, 5] {
            let (taken, ended) = run(threads, 40, |job| job % 9 == 8);
            assert_eq!(taken, (0..8).collect::<Vec<_>>(), "{threads} threads");
            assert!(ended.unwrap_err().to_string().contains("job 8"));
        }
    }

    #[test]
    fn a_taker_that_fails_ends_it_and_little_is_worked_ahead() {
        for threads in [1, 2, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (begun, mut taken) = (AtomicUsize::new(0), 0);
            let work = |job: usize| {
                begun.fetch_add(1, Ordering::SeqCst);
                Ok(job)
            };
            let ended = pool.install(|| {
                in_order(10_000, work, |job| {
                    taken += 1;
                    if job == 5 { Err(Diagnostic::new("no more").into()) } else { Ok(()) }
                })
            });
            assert!(ended.is_err());
            assert_eq!(taken, 6);
            assert!(begun.into_inner() <= 6 + AHEAD * threads, "{threads} threads");
        }
    }

    #[test]
    fn a_panic_ends_it() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let work = |job: usize| if job == 4 { panic!("as it should") } else { Ok(job) };
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pool.install(|| in_order(1000, work, |_| Ok(())))
        }));
        assert!(ended.is_err());
    }
}
