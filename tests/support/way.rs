//! A network that is lost and comes back.

use std::io::Read as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A way to a server that can be cut.
pub struct Way {
    /// Where it begins.
    pub address: String,
    open: Arc<AtomicBool>,
    carried: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its port").to_string();
        let way = Self { address, open: Arc::new(AtomicBool::new(true)), carried: Arc::default() };
        let (open, carried, server) = (way.open.clone(), way.carried.clone(), server.to_owned());
        std::thread::spawn(move || {
            for here in listener.incoming().flatten().filter(|_| open.load(Ordering::SeqCst)) {
                let there = TcpStream::connect(&server).expect("it listens");
                let clone = |one: &TcpStream| one.try_clone().expect("a connection");
                carried.lock().expect("no way failed with it").extend([clone(&here), clone(&there)]);
                for (from, to) in [(clone(&here), clone(&there)), (there, here)] {
                    std::thread::spawn(move || carry(from, to));
                }
            }
        });
        way
    }

    /// Opens it, or cuts it with everything that is under way.
    pub fn is_open(&self, open: bool) {
        self.open.store(open, Ordering::SeqCst);
        for one in self.carried.lock().expect("no way failed with it").drain(..) {
            let _ = one.shutdown(Shutdown::Both);
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    // whoever hangs up ends both directions
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.take(0).read(&mut []);
}
