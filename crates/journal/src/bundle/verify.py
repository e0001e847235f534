#!/usr/bin/env python3
"""Verifies a bundle of Cofferdam: python3 verify.py FILE [KEY]. Needs the package `cryptography`."""
import base64, hashlib, json, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FOLDER, PLAIN = "cofferdam-bundle/", ["README.html", "verify.py", "bundle.json", "checkpoint", "key", "entries.ndjson"]

def need(holds, what):
    if not holds:
        raise ValueError(what)

def sha(data):
    return hashlib.sha256(data).digest()

def b64(text):
    return base64.b64decode(text, validate=True)

def header(name, size):  # One block of 512 bytes, ustar, always written in the same way.
    digits = b"%011o\0" % size if size < 8**11 else b"\x80" + size.to_bytes(11, "big")
    block = name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + digits + b"00000000000\0"
    block = (block + b" " * 8 + b"0").ljust(257, b"\0") + b"ustar\x0000"
    block = (block.ljust(329, b"\0") + b"0000000\0" * 2).ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]

def members(file):  # Name, size, SHA-256 and (but for evidence) the bytes of each member of the archive.
    while (block := file.read(512)) != bytes(512):
        name = block[:100].rstrip(b"\0").decode()
        size = int.from_bytes(block[125:136], "big") if block[124:125] == b"\x80" else int(block[124:135], 8)
        need(block == header(name, size) and name.startswith(FOLDER), "a header is not as bundles have it")
        digest, parts, left = hashlib.sha256(), [], size
        while left:
            part = file.read(min(left, 1 << 20))
            need(part, f"the file is cut off within {name}")
            digest.update(part)
            left -= len(part)
            if not name.startswith(FOLDER + "evidence/"):
                parts.append(part)
        need(file.read(-size % 512) == bytes(-size % 512), f"no zeros follow {name}")
        yield name[len(FOLDER):], size, digest.hexdigest(), b"".join(parts)
    need(file.read(513) == bytes(512), "the archive does not end where it says")

def signed(note, name, key):  # The text of a signed note (C2SP), if this key signed it.
    text, _, lines = note.rpartition("\n\n")
    for _, signer, code in (line.split(" ") for line in lines.split("\n")[:-1]):
        if signer == name and b64(code)[:4] == sha(name.encode() + b"\n\x01" + key)[:4]:
            Ed25519PublicKey.from_public_bytes(key).verify(b64(code)[4:], text.encode() + b"\n")
            return text.split("\n")
    raise ValueError("the log's key did not sign")

def root(leaf, index, size, proof):  # RFC 6962: which side each hash of the proof stands on is told by index and size.
    turns, start, end = [], 0, size
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        turns.append(index < middle)
        start, end = (start, middle) if index < middle else (middle, end)
    need(index < size and len(turns) == len(proof), f"the proof of entry {index} has the wrong length")
    node = sha(b"\0" + leaf)
    for is_left, other in zip(reversed(turns), proof):
        node = sha(b"\1" + (node + other if is_left else other + node))
    return node

def commitments(part):  # What stands in an entry for personal values.
    if isinstance(part, dict) and list(part) == ["commitment"] and isinstance(part["commitment"], str):
        return [part["commitment"]]
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return [found for inner in parts for found in commitments(inner)]

def entry(line, about, want_root, versions):
    leaf, position = b64(line["leaf"]), line["position"]
    fields = json.loads(leaf)
    need((fields["log"], fields["position"]) == (about["log"], position), f"entry {position} belongs elsewhere")
    proof = [b64(code) for code in line["proof"]]
    need(root(leaf, position, about["checkpoint_size"], proof) == want_root, f"entry {position} is not in the log")
    versions[fields["stream"]] = versions.get(fields["stream"], 0) + 1
    need(fields["version"] == versions[fields["stream"]], f"an entry before {position} is missing")
    stands = commitments(fields["actor"]) + commitments(fields["fact"])
    for value in line["values"]:
        need(value["commitment"] in stands, f"a value of entry {position} is foreign, or there twice")
        stands.remove(value["commitment"])
        opened = sha(b"cofferdam personal value 1\0" + b64(value["salt"]) + value["value"].encode())
        need(opened == b64(value["commitment"]), f"a value of entry {position} was changed")

def verify(path, expected=None):
    with open(path, "rb") as file:
        *found, manifest, signature = list(members(file))
    names = [name for name, *_ in found]
    blobs = [(name.removeprefix("evidence/"), digest) for name, _, digest, _ in found[len(PLAIN):]]
    need(names[:len(PLAIN)] == PLAIN and names[len(PLAIN):] == ["evidence/" + name for name, _ in blobs]
         and blobs == sorted(set(blobs)) and (manifest[0], signature[0]) == ("manifest", "manifest.sig"),
         "there are other members than there should be, or in another order")
    text = {name: content.decode() for name, _, _, content in found[:len(PLAIN)]}
    name, key_id, code = text["key"].rstrip("\n").split("+", 2)
    key, about = b64(code)[1:], json.loads(text["bundle.json"])
    need(key_id == sha(name.encode() + b"\n\x01" + key)[:4].hex(), "the key has another id")
    need(expected in (None, text["key"].rstrip("\n")), "the bundle is signed with another key")
    lines = "".join(f"{digest} {size} {member}\n" for member, size, digest, _ in found)
    need(manifest[3].decode() == lines, "the manifest does not tell of these members")
    need(signature[3].decode().count("\n") == 5 and signed(signature[3].decode(), name, key)
         == [name, "cofferdam bundle 1", hashlib.sha256(lines.encode()).hexdigest()], "the signature is not for this bundle")
    log, size, code = signed(text["checkpoint"], name, key)[:3]
    need((about["format"], about["log"], str(about["checkpoint_size"])) == (1, log, size) and log == name,
         "bundle.json and checkpoint disagree")
    entries, versions = [json.loads(line) for line in text["entries.ndjson"].split("\n")[:-1]], {}
    need(all(one["position"] < two["position"] for one, two in zip(entries, entries[1:])), "entries are out of order")
    for line in entries:
        entry(line, about, b64(code), versions)
    need(versions == {listed["stream"]: listed["entries"] for listed in about["streams"]}
         and about["about"] in versions, "the bundle has other streams than it lists")
    for name, digest in blobs:
        need(name == digest and "evidence/" + name in versions, f"the evidence {name} was changed, or no entry tells of it")
    return f"verified: {len(entries)} entries about {about['about']}, {len(blobs)} pieces of evidence, {size} entries " \
           f"in the log {log}. Signed with {text['key']}Compare this key with one that you did not get with the file."

if __name__ == "__main__":
    try:
        print(verify(*sys.argv[1:3]))
    except Exception as error:
        sys.exit(f"NOT VERIFIED: {error or type(error).__name__}")
