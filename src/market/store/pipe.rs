//! Bytes that are made on one thread and used on another meanwhile.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes of a block.
const BLOCK: usize = 1 << 20;

/// How many blocks may wait.
const WAITING: usize = 8;

/// Runs `make`, which writes, beside `take`, which gets what it wrote block by block; what both gave. Where `take` ends
/// early, writing fails.
pub(super) fn through<M, T: Send>(
    make: impl FnOnce(&mut Pipe) -> M,
    take: impl FnOnce(Receiver<Vec<u8>>) -> io::Result<T> + Send,
) -> (M, io::Result<T>) {
    let (sender, receiver) = sync_channel(WAITING);
    thread::scope(|scope| {
        let taker = scope.spawn(|| take(receiver));
        let mut pipe = Pipe { sender, block: Vec::with_capacity(BLOCK) };
        let sent = make(&mut pipe);
        let rest = pipe.flush();
        drop(pipe);
        let outcome =
            taker.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes ended early")));
        (sent, outcome.and_then(|value| rest.map(|()| value)))
    })
}

/// The end that is written to.
pub(super) struct Pipe {
    sender: SyncSender<Vec<u8>>,
    block: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() + bytes.len() > BLOCK {
            self.flush()?;
        }
        self.block.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "nothing takes the bytes any more");
        if block.is_empty() { Ok(()) } else { self.sender.send(block).map_err(gone) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_arrives_in_order() {
        let wanted: Vec<u8> = (0..3 * BLOCK + 7).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let make = |pipe: &mut Pipe| wanted.chunks(1000).try_for_each(|part| pipe.write_all(part));
        let (sent, outcome) = through(make, |blocks| Ok(blocks.into_iter().flatten().collect::<Vec<u8>>()));
        sent.unwrap();
        assert!(outcome.unwrap() == wanted);
    }

    #[test]
    fn writing_fails_where_nothing_takes_it() {
        let make = |pipe: &mut Pipe| (0..100).try_for_each(|_| pipe.write_all(&vec![0; BLOCK]));
        let (sent, outcome) = through(make, |_| Err::<(), _>(io::Error::other("full")));
        assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(outcome.unwrap_err().to_string(), "full");
    }
}
