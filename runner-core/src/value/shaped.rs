//! The [`Shape`]s of the standard library's types, and which of them hold configs if their arguments do.
//!
//! A tuple is not said to hold one: that would take an "or" of its items, which trait bounds cannot say. Where a tuple is
//! written out, the derive looks at each of its items.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, LinkedList, VecDeque},
    ffi::{CString, OsString},
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{
        NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
        NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize, Saturating, Wrapping,
    },
    ops::{Bound, Range, RangeFrom, RangeInclusive, RangeTo},
    path::PathBuf,
    rc::Rc,
    sync::{Arc, Mutex, RwLock},
    time::{Duration, SystemTime},
};

use super::config::{HoldsConfig, Shape, Shaped};

macro_rules! plain {
    ($($type:ty)*) => {$(
        impl Shaped for $type {
            const SHAPE: Shape = Shape::Plain;
        }
    )*};
}

plain! {
    () bool char String str i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64
    NonZeroI8 NonZeroI16 NonZeroI32 NonZeroI64 NonZeroI128 NonZeroIsize
    NonZeroU8 NonZeroU16 NonZeroU32 NonZeroU64 NonZeroU128 NonZeroUsize
    CString OsString PathBuf Duration SystemTime
    IpAddr Ipv4Addr Ipv6Addr SocketAddr SocketAddrV4 SocketAddrV6
}

impl<T: ?Sized> Shaped for PhantomData<T> {
    const SHAPE: Shape = Shape::Plain;
}

macro_rules! transparent {
    ($([$($unsized:tt)*] $type:ident)*) => {$(
        impl<T: Shaped $($unsized)*> Shaped for $type<T> {
            const SHAPE: Shape = T::SHAPE;
        }

        impl<T: HoldsConfig $($unsized)*> HoldsConfig for $type<T> {}
    )*};
}

transparent! {
    [] Cell [] RefCell [] Mutex [] RwLock [] Reverse [] Saturating [] Wrapping
    [+ ?Sized] Box [+ ?Sized] Rc [+ ?Sized] Arc
}

impl<T: Shaped + ToOwned + ?Sized> Shaped for Cow<'static, T> {
    const SHAPE: Shape = T::SHAPE;
}

impl<T: HoldsConfig + ToOwned + ?Sized> HoldsConfig for Cow<'static, T> {}

macro_rules! through {
    ($($type:ident)*) => {$(
        impl<T: Shaped> Shaped for $type<T> {
            const SHAPE: Shape = Shape::Through(&T::SHAPE);
        }

        impl<T: HoldsConfig> HoldsConfig for $type<T> {}
    )*};
}

through! {
    Option Vec VecDeque LinkedList BTreeSet BinaryHeap Bound Range RangeFrom RangeInclusive RangeTo
}

impl<T: Shaped> Shaped for [T] {
    const SHAPE: Shape = Shape::Through(&T::SHAPE);
}

impl<T: HoldsConfig> HoldsConfig for [T] {}

impl<T: Shaped, const N: usize> Shaped for [T; N] {
    const SHAPE: Shape = Shape::Through(&T::SHAPE);
}

impl<T: HoldsConfig, const N: usize> HoldsConfig for [T; N] {}

impl<K, V: Shaped, S> Shaped for HashMap<K, V, S> {
    const SHAPE: Shape = Shape::Through(&V::SHAPE);
}

impl<K, V: HoldsConfig, S> HoldsConfig for HashMap<K, V, S> {}

impl<K, V: Shaped> Shaped for BTreeMap<K, V> {
    const SHAPE: Shape = Shape::Through(&V::SHAPE);
}

impl<K, V: HoldsConfig> HoldsConfig for BTreeMap<K, V> {}

macro_rules! tuple {
    ($($name:ident)+) => {
        impl<$($name: Shaped),+> Shaped for ($($name,)+) {
            const SHAPE: Shape = Shape::Tuple(&[$($name::SHAPE),+]);
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);
