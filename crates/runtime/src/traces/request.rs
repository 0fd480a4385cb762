use flyball_domain::JobId;

/// The trace of a request to import, which its id alone decides: nothing travels with the message,
/// and whoever deals with the request names the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// The trace's id. X-Ray wants the seconds since 1970 in its first 32 bits ([its ids][ids]);
    /// those of a `UUIDv7` are milliseconds. So the seconds come first, then what is left of the
    /// milliseconds, then the id's other 80 bits as they are.
    ///
    /// [ids]: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
    pub(super) trace: u128,
    /// The id of the span that all others hang from: whoever asked.
    pub(super) root: u64,
}

impl Request {
    /// The trace of the request of this id. An id without a time is a trace's as it is, which other
    /// collectors than X-Ray take.
    pub(super) fn of(id: &str) -> Option<Self> {
        let id: JobId = id.parse().ok()?;
        let bits = u128::from_str_radix(&id.to_string().replace('-', ""), 16).ok()?;
        let trace = match id.asked_at() {
            Some(at) => {
                let (seconds, rest) = (u128::from(at.0 / 1_000), u128::from(at.0 % 1_000));
                (seconds << 96) | (rest << 80) | (bits & ((1 << 80) - 1))
            }
            None => bits,
        };
        let root = u64::try_from(bits & u128::from(u64::MAX)).ok()?;
        (trace != 0 && root != 0).then_some(Self { trace, root })
    }
}

#[cfg(test)]
mod tests {
    use flyball_domain::UnixMillis;

    use super::*;

    #[test]
    fn a_trace_begins_with_the_seconds_of_its_request_and_keeps_all_that_makes_it_one() {
        let id = JobId::new(UnixMillis(1_790_000_000_123), [9; 10]);
        let request = Request::of(&id.to_string()).unwrap();
        assert_eq!(request.trace >> 96, 1_790_000_000);
        assert_eq!((request.trace >> 80) & 0xffff, 123);
        let text = format!("{:032x}", request.trace);
        let tail: String = id.to_string().replace('-', "").chars().skip(12).collect();
        assert_eq!(text.get(12..), Some(&*tail));
        assert_eq!(format!("{:016x}", request.root), text.get(16..).unwrap());
    }

    #[test]
    fn requests_of_one_second_have_traces_of_their_own() {
        let of = |ms, random| {
            Request::of(&JobId::new(UnixMillis(ms), [random; 10]).to_string()).unwrap().trace
        };
        assert_ne!(of(1_790_000_000_123, 9), of(1_790_000_000_124, 9));
        assert_ne!(of(1_790_000_000_123, 9), of(1_790_000_000_123, 8));
    }

    #[test]
    fn an_id_without_a_time_is_a_trace_and_what_is_no_id_is_none() {
        let random = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let trace = Request::of(random).unwrap().trace;
        assert_eq!(trace, 0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
        for text in ["", "blue-mug", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(Request::of(text), None, "{text}");
        }
    }
}
