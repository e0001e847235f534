//! The names of the columns that Zeek's own scripts write, so that a record need not keep copies of them.
//! Source: Zeek 7.0, `share/zeek/base` and `policy`, the fields marked `&log`.

use hashbrown::HashSet;
use std::sync::LazyLock;

/// The name, if it is one of Zeek's own.
pub(in crate::parser) fn known(name: &str) -> Option<&'static str> {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| NAMES.into());
    KNOWN.get(name).copied()
}

/// In the order of bytes.
#[rustfmt::skip]
static NAMES: [&str; 512] = [
    "AA", "RA", "RD", "TC", "TTLs", "Z", "_path", "_system_name", "_write_ts", "ack", "acks", "action",
    "actions", "active_dns_requests", "active_files", "active_icmp_conns", "active_tcp_conns",
    "active_timers", "active_udp_conns", "addl", "agent_remote_id", "analyzer_kind", "analyzer_name",
    "analyzers", "answers", "application_protocol", "arg", "argument", "assigned_addr", "attributes",
    "auth", "auth_attempts", "auth_success", "auth_ticket", "authentication_method", "backend",
    "backend_arg", "base_object", "basic_constraints.ca", "basic_constraints.path_len", "bound.host",
    "bound.name", "bound_p", "bytes_recv", "call_id", "cause", "cc", "certStatus", "cert_chain_fps",
    "cert_chain_fuids", "cert_count", "cert_permanent", "cert_type", "certificate.cn", "certificate.curve",
    "certificate.exponent", "certificate.issuer", "certificate.key_alg", "certificate.key_length",
    "certificate.key_type", "certificate.not_valid_after", "certificate.not_valid_before",
    "certificate.serial", "certificate.sig_alg", "certificate.subject", "certificate.version", "certs",
    "cif.confidence", "cif.description", "cif.firstseen", "cif.lastseen", "cif.source", "cif.tags",
    "cipher", "cipher_alg", "circuit_id", "city", "client", "client_addr", "client_build", "client_cert",
    "client_cert_chain_fps", "client_cert_chain_fuids", "client_cert_fuid", "client_cert_subject",
    "client_channels", "client_dig_product_id", "client_fqdn", "client_header_names", "client_headers",
    "client_id", "client_initial_dcid", "client_issuer", "client_major_version", "client_message",
    "client_minor_version", "client_name", "client_protocol", "client_scid", "client_software",
    "client_subject", "client_version", "cmd", "command", "community", "community_id", "compile_ts",
    "compression_alg", "conn_state", "conn_uids", "connect_id", "connect_info", "connect_status",
    "content_type", "cookie", "cookie_vars", "country_code", "cshka", "curve", "data_channel.orig_h",
    "data_channel.passive", "data_channel.resp_h", "data_channel.resp_p", "data_len_req", "data_len_rsp",
    "data_offset_req", "database", "date", "db_type", "dcc_file_name", "dcc_file_size", "dcc_mime_type",
    "depth", "deref_aliases", "desktop_height", "desktop_name", "desktop_width", "dest_port",
    "diagnostic_message", "direction", "display_string", "dns_requests", "domain", "domainname", "domains",
    "drop_count", "dropped", "dst", "duration", "email_body_sections", "email_dest", "encryption_level",
    "encryption_method", "end_time", "endpoint", "entropy", "error_code", "error_msg", "established",
    "events_proc", "events_queued", "exception", "extracted", "extracted_cutoff", "extracted_size",
    "facility", "failure_data", "failure_reason", "fc_reply", "fc_request", "fields", "file_desc",
    "file_mime_type", "file_size", "filename", "files", "filter", "fingerprint", "first_received",
    "flash_version", "forwardable", "framed_addr", "from", "from_client", "from_time", "frontend",
    "frontend_arg", "fuid", "fuids", "func", "gaps", "get_bulk_requests", "get_requests", "get_responses",
    "has_cert_table", "has_debug_data", "has_export_table", "has_import_table", "hashAlgorithm", "hassh",
    "hasshAlgorithms", "hasshServer", "hasshServerAlgorithms", "hasshVersion", "height", "helo", "history",
    "host", "host_cert", "host_key", "host_key_alg", "host_name", "host_p", "hostname", "icmp_conns", "id",
    "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "identifier", "iin", "in_reply_to", "inferences",
    "info_code", "info_msg", "init", "inner_vlan", "ip_proto", "is_64bit", "is_exe", "is_orig",
    "is_webmail", "issuer", "issuerKeyHash", "issuerNameHash", "ja3", "ja3s", "ja4", "ja4s", "kex_alg",
    "keyboard_layout", "last_alert", "last_reply", "lat", "layer", "lease_time", "lease_time_secs", "level",
    "local_orig", "local_resp", "location", "logcert", "logged", "mac", "mac_alg", "machine", "mailfrom",
    "matched", "md5", "mem", "message", "message_id", "method", "mime_type", "missed_bytes",
    "missing_bytes", "mode", "msg", "msg_id", "msg_orig", "msg_types", "n", "name", "named_pipe",
    "native_file_system", "new_ticket", "nextUpdate", "next_protocol", "nick", "node", "notary", "note",
    "notice", "num_exts", "object", "ocsp.version", "ocsp_status", "opcode", "opcode_name", "operation",
    "org_time", "orig_bytes", "orig_cc", "orig_filenames", "orig_fuids", "orig_ip_bytes", "orig_l2_addr",
    "orig_mime_types", "orig_pkts", "origin", "original_query", "os", "overflow_bytes", "p", "parent_fuid",
    "password", "path", "payload", "payload_len", "pdu_type", "peer", "peer_descr", "percent_lost",
    "pkt_lag", "pkts_dropped", "pkts_filtered", "pkts_link", "pkts_proc", "poll", "port_num", "port_proto",
    "post_body", "precision", "prev_name", "proto", "protocol_name", "protocol_version", "proxied",
    "qclass", "qclass_name", "qos", "qtype", "qtype_name", "query", "quic_history", "rcode", "rcode_name",
    "rcptto", "rdfp_hash", "rdfp_string", "reassem_file_size", "reassem_frag_size", "reassem_tcp_size",
    "reassem_unknown_size", "rec_time", "ref_id", "ref_time", "referrer", "region", "rejected",
    "remote_location.city", "remote_location.country_code", "remote_location.latitude",
    "remote_location.longitude", "remote_location.region", "renewable", "reply_code", "reply_msg",
    "reply_to", "request.host", "request.name", "request_body_len", "request_from", "request_p",
    "request_path", "request_to", "request_type", "requested_addr", "requested_color_depth", "resp_bytes",
    "resp_cc", "resp_filenames", "resp_fuids", "resp_ip_bytes", "resp_l2_addr", "resp_mime_types",
    "resp_pkts", "response", "response_body_len", "response_from", "response_path", "response_to", "result",
    "result_code", "result_count", "resumed", "retain", "revokereason", "revoketime", "root_delay",
    "root_disp", "rows", "rtt", "rx_hosts", "san.dns", "san.email", "san.ip", "san.uri", "scope",
    "second_received", "section_names", "security_protocol", "seen.indicator", "seen.indicator_type",
    "seen.node", "seen.where", "seen_bytes", "seq", "serialNumber", "server", "server_addr",
    "server_cert_fuid", "server_cert_subject", "server_dns_computer_name", "server_header_names",
    "server_headers", "server_major_version", "server_message", "server_minor_version", "server_name",
    "server_nb_computer_name", "server_software", "server_tree_name", "service", "set_requests", "severity",
    "sha1", "sha256", "share_flag", "share_name", "share_type", "size", "sni_matches_cert", "software_type",
    "source", "sources", "speculative_service", "src", "sshka", "ssl", "ssl_history", "start_time",
    "status", "status_code", "status_msg", "stratum", "sub", "subject", "subscriber_id", "subsystem",
    "success", "suppress_for", "tags", "tcp_conns", "thisUpdate", "tid", "till", "timedout", "timers",
    "times.accessed", "times.changed", "times.created", "times.modified", "tls", "to", "topic",
    "total_answers", "total_bytes", "total_replies", "trans_depth", "trans_id", "ts", "ts_delta", "ttl",
    "tunnel_client", "tunnel_parents", "tunnel_type", "tx_hosts", "udp_conns", "uid", "uids", "unit",
    "unparsed_version", "up_since", "uri", "uri_vars", "url", "urls", "user", "user_agent", "username",
    "uses_aslr", "uses_code_integrity", "uses_dep", "uses_seh", "validation_status", "value", "version",
    "version.addl", "version.major", "version.minor", "version.minor2", "version.minor3", "version_num",
    "vlan", "warning", "width", "will_payload", "will_topic", "x_originating_ip", "xmt_time",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found() {
        assert!(NAMES.is_sorted());
        for name in NAMES {
            assert_eq!(known(name), Some(name));
        }
        assert_eq!(known("no_such_column"), None);
    }
}
