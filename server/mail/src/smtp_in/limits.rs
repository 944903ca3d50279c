//! Counts open connections, in all and by client.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The counter of one listener; clones share it.
#[derive(Clone)]
pub(super) struct ConnectionCounter {
    most: usize,
    most_per_remote: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    total: usize,
    by_remote: HashMap<IpAddr, usize>,
}

/// One counted connection; dropping it counts it out.
pub(super) struct Counted {
    open: Arc<Mutex<Open>>,
    remote: IpAddr,
}

impl ConnectionCounter {
    pub(super) fn new(most: usize, most_per_remote: usize) -> Self {
        Self { most, most_per_remote, open: Arc::default() }
    }

    /// Counts a connection in, or nothing when a limit is reached.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Counted> {
        let remote = client_of(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let same = open.by_remote.get(&remote).copied().unwrap_or(0);
        if open.total >= self.most || same >= self.most_per_remote {
            return None;
        }
        open.total += 1;
        open.by_remote.insert(remote, same + 1);
        Some(Counted { open: Arc::clone(&self.open), remote })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total = open.total.saturating_sub(1);
        match open.by_remote.get_mut(&self.remote) {
            Some(same) if *same > 1 => *same -= 1,
            _ => {
                open.by_remote.remove(&self.remote);
            }
        }
    }
}

/// One client has one IPv4 address or a whole IPv6 /64.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_and_out() {
        let counter = ConnectionCounter::new(3, 2);
        let enter = |address: &str| counter.enter(address.parse().unwrap());
        let first = enter("192.0.2.1").expect("room");
        let mapped = enter("::ffff:192.0.2.1").expect("room for a second");
        assert!(enter("192.0.2.1").is_none(), "two from one address");
        let other = enter("2001:db8::1").expect("room for another client");
        assert!(enter("2001:db8::2").is_none(), "three in all");
        drop(other);
        assert!(enter("192.0.2.1").is_none(), "still two from one address");
        drop((first, mapped));
        assert!(counter.open.lock().unwrap().by_remote.is_empty());
        let same_network = [enter("2001:db8::1"), enter("2001:db8::2"), enter("2001:db8::3")];
        assert_eq!(same_network.map(|counted| counted.is_some()), [true, true, false]);
        assert_eq!(counter.open.lock().unwrap().total, 0);
    }
}
