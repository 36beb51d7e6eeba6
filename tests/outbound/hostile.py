"""Addresses that try to get inside, by family. `PORT` stands for a usable port; a name's answers are in `NAMES`."""

PORT = 8080
PUBLIC = "8.8.8.8"
"""Where, in these tests, a server outside listens; see `roads`."""

NUMBER_SPELLINGS = [
    *("134744072", "0x08080808", "010.8.8.8", "8.8.2056"),  # outside, but not for everybody
    *(
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "127.00.0.1",
        "127.000.000.001",
        "127.0.0.1.",
        "0",
        "00",
        "0x0",
        "0.0",
        "0.0.0.0",
    ),
    *(
        "2130706433",
        "02130706433",
        "017700000001",
        "0x7f000001",
        "0X7F000001",
        "0x7f.0.0.1",
        "0x7f.0x0.0x0.0x1",
        "0x7f.1",
    ),
    *("0177.0.0.1", "00000177.0.0.1", "0177.1", "0177.0x0.0.1", "127.0x1", "127.65537", "2852039166", "0xA9FEA9FE"),
    *("0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518", "169.16689662", "3232235521", "192.168.257"),
    *("012.0.0.1", "10.1", "167772161", "425.510.425.510", "6425673729", "256.0.0.1", "1.2.3.4.5", "127.0.0.1.1", "-1"),
    *(
        "127.0.0.0x",
        "0x",
        "0x7f.0.0.0x1.",
        "4294967297",
        "127.0.0.1e0",
        "1e0",
        "+127.0.0.1",
        "127,0.0.1",
        "127.0.0.1..",
    ),
]

IPV4 = [
    *("127.0.0.1", "127.0.0.2", "127.255.255.255", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1"),
    *("172.31.255.255", "192.168.0.1", "169.254.0.1", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.0.170"),
    *("192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
]

IPV6 = {
    "loopback and none": ["::1", "::", "0:0:0:0:0:0:0:1", "::0.0.0.1", "0000:0000:0000:0000:0000:0000:0000:0001"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "0:0:0:0:0:ffff:0:0"],
    "compatible": ["::127.0.0.1", "::7f00:1", "::10.0.0.1", "::ffff:0:127.0.0.1"],
    "nat64": ["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::7f00:1"],
    "6to4": ["2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:1::", "2002:808:808::1"],
    "teredo": ["2001::1", "2001:0:5ef5:79fb:0:59d:80ff:fefe", "2001:0:7f00:1::"],
    "isatap": ["2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:7f00:1", "fe80::5efe:192.168.0.1"],
    "unique local": ["fc00::1", "fd00::1", "fdff::1"],
    "link local": ["fe80::1", "febf::1", "fe80::a9fe:a9fe"],
    "site local": ["fec0::1", "feff::1"],
    "multicast": ["ff02::1", "ff0e::1"],
    "special": ["100::1", "2001:10::1", "2001:2::1", "2001:db8::1", "3fff::1", "5f00::1", "2620:4f:8000::1", "4000::1"],
}

ZONES = ["[fe80::1%eth0]", "[fe80::1%25eth0]", "[::1%lo]", "[::1%25lo]", "[fe80::1%1]", "[2606:4700::1111%251]"]

METADATA = [
    *("169.254.169.254", "[fd00:ec2::254]", "[fd00:ec2::253]", "[fd20:ce::254]", "169.254.170.2", "169.254.170.23"),
    *("168.63.129.16", "100.100.100.200", "192.0.0.192", "169.254.0.23", "169.254.42.42", "[fd00:42::42]"),
    *("169.254.169.250", "169.254.169.123", "[fe80::a9fe:a9fe]", "[::ffff:a9fe:a9fe]"),
]

NAMES: dict[str, str] = {
    "metadata.google.internal": "169.254.169.254",
    "metadata.goog": "169.254.169.254",
    "metadata.tencentyun.com": "169.254.0.23",
    "metadata.oraclecloud.test": "192.0.0.192",
    "instance-data.ec2.internal": "169.254.169.254",
    "169.254.169.254.nip.io": "169.254.169.254",
    "kubernetes.default.svc.cluster.local": "10.96.0.1",
    "host.docker.internal": "192.168.65.254",
    "localtest.me": "127.0.0.1",
    "www.10.0.0.1.sslip.io": "10.0.0.1",
    "printer.local": "169.254.7.7",
    "fritz.box": "192.168.178.1",
    "mapped.test": "::ffff:127.0.0.1",
    "ula.test": "fd00::1",
    "zone.test": "fe80::1%eth0",
    "nobody.test": "",
    "many.test": " ".join(f"8.8.{n // 200}.{n % 200}" for n in range(300)),
}
LOCAL_NAMES = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "metadata",
    "intranet",
    "redis",
    "unknown.invalid",
]

MIXED = [
    *(f"{PUBLIC} 127.0.0.1", f"127.0.0.1 {PUBLIC}", f"{PUBLIC} 9.9.9.9 10.0.0.1", "2606:4700:4700::1111 ::1"),
    *(f"{PUBLIC} fe80::1%eth0", f"{PUBLIC} ::ffff:10.0.0.1", "2606:4700:4700::1111 127.0.0.1", f"{PUBLIC} 0.0.0.0"),
    *(f"{PUBLIC} 169.254.169.254", f"{PUBLIC} 64:ff9b::7f00:1", f"{PUBLIC} 224.0.0.1", f"{PUBLIC} fd00:ec2::254"),
]

REBINDING = [
    *("127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "::ffff:127.0.0.1", "fd00::1", "192.168.1.1"),
    *(f"{PUBLIC} 127.0.0.1", f"127.0.0.1 {PUBLIC}", ""),
]
"""What a name answers the second time; the first answer is public."""

UNICODE = [
    *(
        "①②⑦.⓪.⓪.①",
        "⑯⑨。②⑤④。⑯⑨｡②⑤④",
        "127。0。0。1",
        "127．0．0．1",
        "127｡0｡0｡1",
        "１２７.0.0.1",
        "127.0.0.①",
        "１２７．０．０．１",
    ),
    *(
        "ＬＯＣＡＬＨＯＳＴ",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "loc\u00adalhost",
        "local\u200bhost",
        "localho\u017ft",
        "ℓocalhost",
        "１２７.1",
        "٠",
        "١٢٧.٠.٠.١",
    ),
    *(
        "०.०.०.०",
        "127.0.0.1\u3002",
        "xn--",
        "xn--a",
        "xn--.com",
        "xn--localhost-",
        "[::①]",
        "[：：1]",
        "ⓔxample.com",
        "a\u2024b.com",
    ),
    *(
        "[::ffff:１２７.0.0.1]",
        "127\u06f40\u06f40\u06f41",
        "\u202e1.0.0.721",
        "exa\u0301\u0000mple.com",
        "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
        "a\ufe52b.com",
        "０x7f.1",
    ),
]

DISAGREEMENTS = [
    f"http://{PUBLIC}\\@127.0.0.1:{PORT}/",
    f"http://127.0.0.1:{PORT}\\@{PUBLIC}/",
    f"http://127.0.0.1:{PORT}#@{PUBLIC}/",
    f"http://{PUBLIC}#@127.0.0.1:{PORT}/",
    f"http://{PUBLIC}:80#@127.0.0.1:{PORT}/",
    f"http://127.0.0.1:{PORT}?@{PUBLIC}/",
    f"http://{PUBLIC}:80:{PORT}/",
    f"http://127.0.0.1:{PORT}:80/",
    f"http://{PUBLIC} &@127.0.0.1:{PORT}/",
    f"http://1.1.1.1 &@2.2.2.2# @127.0.0.1:{PORT}/",
    f"http:/127.0.0.1:{PORT}/",
    f"http:127.0.0.1:{PORT}/",
    f"http:///127.0.0.1:{PORT}/",
    f"http:////127.0.0.1:{PORT}/",
    f"http:\\\\127.0.0.1:{PORT}\\",
    f"http:/\\127.0.0.1:{PORT}/",
    f"//127.0.0.1:{PORT}/",
    f"\\\\127.0.0.1:{PORT}\\",
    f"http://[127.0.0.1]:{PORT}/",
    f"http://[localhost]:{PORT}/",
    f"http://[::1]{PORT}/",
    f"http://[::1:{PORT}/",
    f"http://::1:{PORT}/",
    f"http://[[::1]]:{PORT}/",
    f"http://[v1.fe80]:{PORT}/",
    f"http://[::1].example.com:{PORT}/",
    f"http://example.com[::1]:{PORT}/",
    f"http://127.0.0.1%00.example.com:{PORT}/",
    f"http://127.0.0.1%2f@{PUBLIC}/",
    f"http://%31%32%37.0.0.1:{PORT}/",
    f"http://127%2e0%2e0%2e1:{PORT}/",
    f"http://localhost%00.example.com:{PORT}/",
    f"http://127.0.0.1;.example.com:{PORT}/",
    f"http://127.0.0.1,{PUBLIC}:{PORT}/",
    f"http://127.0.0.1&{PUBLIC}:{PORT}/",
    f"http://{{127.0.0.1}}:{PORT}/",
    f"http://<127.0.0.1>:{PORT}/",
    f"http://'127.0.0.1':{PORT}/",
]

USERINFO = [
    f"http://user@127.0.0.1:{PORT}/",
    f"http://user:word@127.0.0.1:{PORT}/",
    f"http://{PUBLIC}@127.0.0.1:{PORT}/",
    f"http://{PUBLIC}:80@127.0.0.1:{PORT}/",
    f"http://user@{PUBLIC}/",
    f"http://:@{PUBLIC}/",
    f"http://@{PUBLIC}/",
    f"http://a@b@127.0.0.1:{PORT}/",
    f"http://%40@127.0.0.1:{PORT}/",
    f"http://example.com%40127.0.0.1:{PORT}/",
    f"http://user:word@[::1]:{PORT}/",
]

SCHEMES = [
    *("file:///etc/passwd", "file://127.0.0.1/etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1:6379/_INFO"),
    *(
        "dict://127.0.0.1:11211/stat",
        "ldap://127.0.0.1/",
        "tftp://127.0.0.1/a",
        "sftp://127.0.0.1/a",
        "jar:http://127.0.0.1!/",
    ),
    *(
        "netdoc:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "ws://127.0.0.1/",
        "unix:///run/a.sock",
    ),
    *(
        "http+unix://%2Frun%2Fa.sock/",
        "httpx://127.0.0.1/",
        "view-source:http://127.0.0.1/",
        "phar://a",
        "url:http://127.0.0.1",
    ),
    *(
        "",
        "http",
        "http:",
        "http://",
        "https://",
        "127.0.0.1",
        "127.0.0.1:8080",
        "localhost/a",
        "blob:http://127.0.0.1/a",
    ),
]

PORTS = [
    *(
        1,
        7,
        9,
        21,
        22,
        23,
        25,
        53,
        110,
        111,
        139,
        143,
        389,
        445,
        465,
        514,
        587,
        631,
        993,
        995,
        1023,
        2049,
        5060,
        6000,
        6667,
        10080,
    ),
    *("0", "-1", "00080", "080", "65536", "99999", "1e2", "８０", "", "80a", "+80", " 80", "0x50", "80.0"),
]

ODD_SYNTAX = [
    *(
        f"http://{PUBLIC}/\r\nHost: 127.0.0.1",
        f"http://{PUBLIC}\r\n/",
        f"http://{PUBLIC}\t/",
        f"http://{PUBLIC}/\x00",
        f"http://{PUBLIC}/\x7f",
    ),
    *(
        f" http://{PUBLIC}/",
        f"http://{PUBLIC}/ ",
        f"http://{PUBLIC}/a b",
        f"ht\ntp://{PUBLIC}/",
        f"http ://{PUBLIC}/",
        f"http://{PUBLIC}/#a",
    ),
    *(
        "http://a..example/",
        "http://.example/",
        "http://-a.example/",
        "http://a-.example/",
        "http://*.example/",
        "http://a.example../",
    ),
    *(
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 130}example/",
        f"http://{PUBLIC}/{'a' * 9000}",
        "http://./",
        "http://../",
    ),
    *(
        f"http://{PUBLIC}/\u2028",
        f"http://{PUBLIC}/\u00a0",
        f"http://{PUBLIC}/\ud800",
        f"http://\x1f{PUBLIC}/",
        "http://a_b!.example/",
    ),
]


def at(host: str) -> str:
    return f"http://{host}:{PORT}/"


FAMILIES: dict[str, list[str]] = {
    "number spellings": [at(host) for host in NUMBER_SPELLINGS],
    "ipv4 ranges": [at(host) for host in IPV4],
    **{f"ipv6 {name}": [at(f"[{host}]") for host in hosts] for name, hosts in IPV6.items()},
    "ipv6 zones": [at(host) for host in ZONES],
    "metadata by address": [at(host) for host in METADATA],
    "names that lead inside": [at(name) for name in NAMES],
    "local names": [at(name) for name in LOCAL_NAMES],
    "unicode": [at(host) for host in UNICODE],
    "parsers that disagree": DISAGREEMENTS,
    "userinfo": USERINFO,
    "schemes": SCHEMES,
    "ports": [f"http://{PUBLIC}:{port}/" for port in PORTS],
    "odd syntax": ODD_SYNTAX,
}
"""Every one is given to `check_address`, `fetch` and `make_client`, and to `fetch` as a redirect's target."""

URLS = [(family, url) for family, urls in FAMILIES.items() for url in urls]
EVERY = {name: len(urls) for name, urls in FAMILIES.items()} | {
    "mixed answers": len(MIXED),
    "rebinding": len(REBINDING),
}
