//! Copies of what a closure has captured.
//!
//! Closures share what they capture. Two branches that share a variable would find it locked, or changed by the other:
//! so each branch gets a copy of all of it, in which what was one variable is one variable again.

use rhai::{Array, Dynamic, FnPtr, Map};
use std::collections::BTreeMap;

/// One consistent copy: a variable that is met twice, also within itself, is copied once.
#[derive(Default)]
pub struct Snapshot {
    /// By the address of the variable, which stands still while anything shares it.
    copies: BTreeMap<usize, Dynamic>,
}

impl Snapshot {
    /// A copy of a function with all that it has captured.
    pub fn function(&mut self, function: &FnPtr) -> FnPtr {
        let mut copy = function.clone();
        copy.iter_curry_mut().for_each(|captured| self.make_private(captured));
        copy
    }

    /// Puts a copy of everything shared in `value` into its place.
    pub fn make_private(&mut self, value: &mut Dynamic) {
        let Some(address) = address(value) else { return self.make_contents_private(value) };
        if let Some(copy) = self.copies.get(&address) {
            *value = copy.clone();
            return;
        }
        let mut copy = value.flatten_clone().into_shared();
        // known before its contents are looked at, in which it may stand itself
        self.copies.insert(address, copy.clone());
        let mut contents = copy.flatten_clone();
        self.make_contents_private(&mut contents);
        if let Some(mut place) = copy.write_lock::<Dynamic>() {
            *place = contents;
        }
        *value = copy;
    }

    fn make_contents_private(&mut self, value: &mut Dynamic) {
        if let Some(mut items) = value.write_lock::<Array>() {
            items.iter_mut().for_each(|item| self.make_private(item));
        } else if let Some(mut members) = value.write_lock::<Map>() {
            members.values_mut().for_each(|member| self.make_private(member));
        } else if let Some(mut function) = value.write_lock::<FnPtr>() {
            function.iter_curry_mut().for_each(|captured| self.make_private(captured));
        }
    }
}

/// Which variable a shared value is; `None` for one that is not shared.
fn address(value: &Dynamic) -> Option<usize> {
    if !value.is_shared() {
        return None;
    }
    value.read_lock::<Dynamic>().map(|inside| std::ptr::from_ref::<Dynamic>(&inside).addr())
}
