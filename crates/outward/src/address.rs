//! Which addresses belong to the own network, or to nobody on the internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Not an address of a server on the internet.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => four(v4),
        IpAddr::V6(v6) => six(v6),
    }
}

fn four(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240
}

fn six(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let within = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        four(Ipv4Addr::new(a, b, c, d))
    };
    // Addresses that carry one of the old kind are judged by it.
    if let Some(v4) = ip.to_ipv4_mapped() {
        return four(v4);
    }
    if s[0] == 0x64 && s[1] == 0xff9b && s[2..6] == [0; 4] {
        return within(s[6], s[7]);
    }
    if s[0] == 0x2002 {
        return within(s[1], s[2]);
    }
    ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || s[0] & 0xfe00 == 0xfc00
        || s[0] & 0xffc0 == 0xfe80
        || s[0] & 0xffc0 == 0xfec0
        // Tunnels and documentation.
        || (s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8))
        // The rest of the old kind, written as `::a.b.c.d`.
        || s[..6] == [0; 6]
        || (s[0] == 0x64 && s[1] == 0xff9b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_inside_from_outside() {
        let private = |t: &str| is_private(t.parse().unwrap());
        for inside in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.9.9.9",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "::ffff:192.168.1.1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::1",
            "2001:db8::1",
        ] {
            assert!(private(inside), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::1.1.1.1",
            "::ffff:8.8.8.8",
        ] {
            assert!(!private(outside), "{outside}");
        }
    }
}
