#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn names_of_our_own_are_told_from_others() {
    let name = random_name();
    assert!(is_random_name(&name) && random_name() != name);
    assert!(is_new_file(&format!(".new-{name}")));
    for other in [".new-ideas", ".new-0123456789ABCDEF", ".new-0123456789abcdef.txt", "new-0123456789abcdef"]
    {
        assert!(!is_new_file(other), "{other}");
    }
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.json");
    for text in ["first", "second"] {
        write_whole(&path, text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(write_new(&path, b"third").is_err());
    drop(NewFile::create_in(dir.path()).unwrap());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(write_whole(dir.path(), b"x").unwrap_err().to_string().contains("is a folder"));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let (target, link) = (dir.path().join("thesis.txt"), dir.path().join("link"));
    fs::write(&target, "years of work").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert!(write_whole(&link, b"x").unwrap_err().to_string().contains("is a symbolic link"));
    assert!(open_own(&link).unwrap_err().to_string().contains("symbolic link"));
    assert!(lock_within(&link, &Waiting::default()).is_err());
    let lock = PassingLock::take(&link, std::time::Duration::ZERO).unwrap();
    assert!(matches!(lock, Attempt::NotOurs("a symbolic link")));
    fs::remove_file(&link).unwrap();
    // A second name of the same file: it is replaced, not emptied, and neither locked nor written behind.
    fs::hard_link(&target, &link).unwrap();
    assert!(open_own(&link).is_err());
    write_whole(&link, b"x").unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "years of work");
    assert_eq!(fs::read_to_string(&link).unwrap(), "x");
}

#[test]
fn a_passing_lock_has_one_owner_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let take = || PassingLock::take(&path, std::time::Duration::ZERO).unwrap();
    let first = take();
    assert!(matches!(first, Attempt::Locked(_)) && matches!(take(), Attempt::Busy));
    drop(first);
    assert!(!path.exists());
    fs::write(&path, "years of work").unwrap();
    assert!(matches!(take(), Attempt::NotOurs(_)));
    assert_eq!(fs::read_to_string(&path).unwrap(), "years of work");
}

/// Many threads take a lock in turn; its file comes and goes all the time.
#[test]
fn no_two_hold_a_passing_lock() {
    let dir = tempfile::tempdir().unwrap();
    let (lock, owned) = (dir.path().join("lock"), dir.path().join("owned"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let Attempt::Locked(_held) =
                        PassingLock::take(&lock, std::time::Duration::from_mins(1)).unwrap()
                    else {
                        panic!("nobody holds it that long")
                    };
                    fs::create_dir(&owned).unwrap();
                    fs::remove_dir(&owned).unwrap();
                }
            });
        }
    });
    assert!(!lock.exists());
}

#[test]
fn a_wait_has_a_limit_and_can_be_ended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let short = || Waiting::new(std::time::Duration::from_millis(50), |_| Ok(()));
    let held = lock_within(&path, &short()).unwrap();
    assert!(held.is_some());
    assert!(lock_within(&path, &short()).unwrap().is_none());
    let ended = Waiting::new(std::time::Duration::from_mins(1), |_| Err(Diagnostic::new("enough").into()));
    assert!(lock_within(&path, &ended).unwrap_err().to_string().contains("enough"));
    drop(held);
    assert!(lock_within(&path, &short()).unwrap().is_some());
}

#[test]
fn two_folders_are_exchanged_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    fs::create_dir(&a).unwrap();
    fs::create_dir(&b).unwrap();
    fs::write(a.join("text"), "first").unwrap();
    assert!(exchange(&dir.path().join("c"), &a).is_err());
    if exchange(&a, &b).unwrap() {
        assert!(b.join("text").exists() && !a.join("text").exists());
    }
}
