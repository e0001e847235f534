//! Writes small databases in the MaxMind DB format, for tests.

use ipnet::IpNet;
use std::net::IpAddr;

/// A value of a record.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Text(String),
    Number(u32),
    Map(Vec<(String, Node)>),
}

pub(super) fn text(text: &str) -> Node {
    Node::Text(text.to_owned())
}

pub(super) fn map(members: &[(&str, Node)]) -> Node {
    Node::Map(members.iter().map(|(name, node)| ((*name).to_owned(), node.clone())).collect())
}

/// A database of networks, none of which holds another, with records of so many bits.
pub(super) fn database(networks: &[(&str, Node)], width: u8) -> Vec<u8> {
    let mut tree: Vec<[Option<Goal>; 2]> = vec![[None; 2]];
    let mut data = Vec::new();
    for (network, record) in networks {
        let network: IpNet = network.parse().unwrap();
        let (bits, len) = match network.network() {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 96 + network.prefix_len()),
            IpAddr::V6(address) => (u128::from(address), network.prefix_len()),
        };
        let mut node = 0;
        for bit in 0..len {
            let side = (bits >> (127 - bit) & 1) as usize;
            if bit + 1 == len {
                tree[node][side] = Some(Goal::Record(data.len()));
            } else if let Some(Goal::Node(next)) = tree[node][side] {
                node = next;
            } else {
                tree.push([None; 2]);
                tree[node][side] = Some(Goal::Node(tree.len() - 1));
                node = tree.len() - 1;
            }
        }
        write(record, &mut data);
    }
    let nodes = tree.len();
    let mut out = Vec::new();
    for sides in tree {
        let [left, right] = sides.map(|goal| match goal {
            None => nodes,
            Some(Goal::Node(node)) => node,
            Some(Goal::Record(at)) => nodes + 16 + at,
        } as u32);
        let (l, r) = (left.to_be_bytes(), right.to_be_bytes());
        match width {
            24 => out.extend([&l[1..], &r[1..]].concat()),
            28 => out.extend([&l[1..], &[l[0] << 4 | r[0]], &r[1..]].concat()),
            _ => out.extend([l, r].concat()),
        }
    }
    out.extend([0; 16]);
    out.extend(data);
    out.extend(b"\xab\xcd\xefMaxMind.com");
    let description = map(&[
        ("database_type", text("Test")),
        ("node_count", Node::Number(u32::try_from(nodes).unwrap())),
        ("record_size", Node::Number(width.into())),
        ("ip_version", Node::Number(6)),
    ]);
    write(&description, &mut out);
    out
}

#[derive(Clone, Copy, Debug)]
enum Goal {
    Node(usize),
    Record(usize),
}

fn write(node: &Node, out: &mut Vec<u8>) {
    match node {
        Node::Text(text) => {
            head(2, text.len(), out);
            out.extend(text.as_bytes());
        }
        Node::Number(number) => {
            head(6, 4, out);
            out.extend(number.to_be_bytes());
        }
        Node::Map(members) => {
            head(7, members.len(), out);
            for (name, value) in members {
                write(&text(name), out);
                write(value, out);
            }
        }
    }
}

/// A size below 285 in the shortest form.
fn head(kind: u8, size: usize, out: &mut Vec<u8>) {
    match u8::try_from(size) {
        Ok(size @ 0..29) => out.push(kind << 5 | size),
        _ => out.extend([kind << 5 | 29, u8::try_from(size - 29).unwrap()]),
    }
}
