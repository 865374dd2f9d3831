import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { describe, expect, it } from "vitest";
import { kubernetesFunctions } from "../../../../lib/check/cel/functions.ts";
import { isOfValue } from "../../../../lib/check/cel/value.ts";

const environment = celEnv({ funcs: kubernetesFunctions });

/** What an expression comes to: "refused" where Kubernetes refuses the value. */
function result(expression: string): unknown {
  const value: unknown = plan(environment, parse(expression))({});
  if (!isCelError(value)) return value;
  return isOfValue(value) ? "refused" : value.message;
}

// Values from Kubernetes' own tests: k8s.io/apiserver/pkg/cel/library, *_test.go, and for URLs and expressions
// k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel, validation_test.go.
const cases: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  quantities: {
    'quantity("12Mi") == quantity("12582912")': true,
    'quantity("10Mo")': "refused",
    'quantity("10Mm")': "refused",
    'isQuantity("20")': true,
    'isQuantity("20M")': true,
    'isQuantity("20Mi")': true,
    'isQuantity("20Mo")': false,
    'isQuantity("10Mm")': false,
    'isQuantity("")': false,
    'quantity("200M") == quantity("0.2G") && quantity("0.2G") == quantity("200M")': true,
    'quantity("2M") == quantity("0.002G") && quantity("2000k") == quantity("2M")': true,
    'quantity("200M") == quantity("0.3G")': false,
    'quantity("50M").isLessThan(quantity("50Mi"))': true,
    'quantity("50M").isLessThan(quantity("100M"))': true,
    'quantity("100M").isLessThan(quantity("50M"))': false,
    'quantity("50Mi").isGreaterThan(quantity("50M"))': true,
    'quantity("50M").isGreaterThan(quantity("100M"))': false,
    'quantity("200M").compareTo(quantity("0.2G"))': 0n,
    'quantity("50M").compareTo(quantity("50Mi"))': -1n,
    'quantity("50Mi").compareTo(quantity("50M"))': 1n,
    'sign(quantity("-1m"))': -1n,
    'quantity("50k").add(quantity("20")) == quantity("50.02k")': true,
    'quantity("50k").add(20).isLessThan(quantity("50020"))': false,
    'quantity("50k").sub(quantity("20")) == quantity("49.98k")': true,
    'quantity("50k").sub(20) == quantity("49980")': true,
    'quantity("50k").add(20).sub(quantity("100k")).asInteger()': -49980n,
    'quantity("50k").add(20).sub(quantity("100k")).sub(-50000).asInteger()': 20n,
    'quantity("50k").asInteger()': 50000n,
    'quantity("9999999999999999999999999999999999999G").asInteger()': "refused",
    'quantity("9999999999999999999999999999999999999G").isInteger()': false,
    'quantity("50").isInteger()': true,
    'quantity("50.703k").asApproximateFloat()': 50703,
    // As ParseQuantity of k8s.io/apimachinery has them.
    'quantity("1.0").isInteger()': false,
    'quantity("1.5Gi").isInteger()': false,
    'quantity("1.25k").asInteger()': 1250n,
    'quantity("16Ei") == quantity("8Ei")': true,
    'quantity("0.1n") == quantity("1n") && quantity("-0.1n") == quantity("-1n")': true,
    'quantity("1e3") == quantity("1k") && quantity("1E") == quantity("1e18")': true,
    'isQuantity("1e") || isQuantity("5i") || isQuantity("1e3k") || isQuantity(" 5")': false,
  },
  addresses: {
    'ip("192.168.0.1") == ip("192.168.0.1")': true,
    'ip("192.168.0.1.0")': "refused",
    'isIP("192.168.0.1")': true,
    'isIP("192.168.0.1.0")': false,
    'isIP("192.168.0.01")': false,
    'ip.isCanonical("127.0.0.1")': true,
    'ip.isCanonical("127.0.0.1.0")': "refused",
    'ip("192.168.0.1").family()': 4n,
    'ip("0.0.0.0").isUnspecified()': true,
    'ip("127.0.0.1").isUnspecified()': false,
    'ip("127.0.0.1").isLoopback()': true,
    'ip("1.2.3.4").isLoopback()': false,
    'ip("224.0.0.1").isLinkLocalMulticast()': true,
    'ip("224.0.1.1").isLinkLocalMulticast()': false,
    'ip("169.254.169.254").isLinkLocalUnicast()': true,
    'ip("192.168.0.1").isLinkLocalUnicast()': false,
    'ip("192.168.0.1").isGlobalUnicast()': true,
    'ip("255.255.255.255").isGlobalUnicast()': false,
    'ip("2001:db8:::68")': "refused",
    'isIP("2001:db8::68")': true,
    'isIP("fe80::1%eth0") || isIP("::ffff:1.2.3.4")': false,
    'ip.isCanonical("2001:db8::68")': true,
    'ip.isCanonical("2001:DB8::68") || ip.isCanonical("2001:db8::0:0:0:abcd")': false,
    'string(ip("1:0:0:2:0:0:0:3")) + " " + string(ip("1:2:3:4:5:6:0:8")) + " " + string(ip("1::"))':
      "1:0:0:2::3 1:2:3:4:5:6:0:8 1::",
    'string(ip("64:ff9b::192.0.2.33"))': "64:ff9b::c000:221",
    'ip("2001:db8::68").family()': 6n,
    'ip("::").isUnspecified()': true,
    'ip("::1").isLoopback()': true,
    'ip("2001:db8::abcd").isLoopback()': false,
    'ip("ff02::1").isLinkLocalMulticast()': true,
    'ip("fd00::1").isLinkLocalMulticast()': false,
    'ip("fe80::1").isLinkLocalUnicast()': true,
    'ip("fd80::1").isLinkLocalUnicast()': false,
    'ip("2001:db8::abcd").isGlobalUnicast()': true,
    'ip("ff00::1").isGlobalUnicast()': false,
    'string(ip("192.168.0.1"))': "192.168.0.1",
  },
  networks: {
    'cidr("192.168.0.0/")': "refused",
    'isCIDR("192.168.0.0/33") || isCIDR("::1/129") || isCIDR("10.0.0.0/08")': false,
    'isCIDR("::1/128")': true,
    'cidr("192.168.0.0/24").containsIP(ip("192.168.0.1"))': true,
    'cidr("192.168.0.0/24").containsIP("192.168.1.1")': false,
    'cidr("192.168.0.0/24").containsIP("::1")': false,
    'cidr("192.168.0.0/24").containsCIDR(cidr("192.168.0.0/25"))': true,
    'cidr("192.168.0.0/24").containsCIDR("192.168.0.1/32")': true,
    'cidr("192.168.0.0/24").containsCIDR("192.168.0.0/23")': false,
    'cidr("192.168.0.0/24").containsCIDR(cidr("192.169.0.1/32"))': false,
    'cidr("192.168.0.0/24").ip() == ip("192.168.0.0")': true,
    'cidr("192.168.0.1/24").masked() == cidr("192.168.0.0/24")': true,
    'cidr("192.168.0.1/24") == cidr("192.168.0.0/24")': false,
    'cidr("192.168.0.0/24").prefixLength()': 24n,
    'cidr("2001:db8::/32").containsIP("2001:db8::1")': true,
    'cidr("2001:db8::/32").containsIP(ip("2001:dc8::1"))': false,
    'cidr("2001:db8::/32").containsCIDR("2001:db8::/33")': true,
    'cidr("2001:db8::/32").containsCIDR("2001:db8::/31")': false,
    'cidr("2001:db8:1::/32").masked() == cidr("2001:db8::/32")': true,
    'string(cidr("192.168.0.0/24"))': "192.168.0.0/24",
  },
  URLs: {
    "url('/path').getScheme() + url('/path').getHost() + url('/path').getPort()": "",
    "url('https://example.com/').getScheme()": "https",
    "url('https://example.com:80/').getHost()": "example.com:80",
    "url('https://[::1]:80/').getHost()": "[::1]:80",
    "url('https://example.com:80/').getHostname()": "example.com",
    "url('https://[::1]/').getHostname()": "::1",
    "url('https://example.com:80/').getPort()": "80",
    "url('https://example.com/with space/').getEscapedPath()": "/with%20space/",
    "url('https://example.com').getEscapedPath()": "",
    "url('https://example.com/path?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']}": true,
    "url('https://example.com/path?key with spaces=value with spaces').getQuery() == {'key with spaces': ['value with spaces']}": true,
    "url('https://example.com/path?').getQuery() == {}": true,
    "url('https://user:pass@kubernetes.io:80/docs/home?k1=a#anchor').getHost()": "kubernetes.io:80",
    "isURL('https://user:pass@example.com:80/path?query=val#fragment')": true,
    "isURL('http://%ff/') && isURL('/a?b\u2028')": true,
    "isURL('/path') && isURL('mailto:me@example.com')": true,
    "isURL('https://a:b:c/') || isURL('../relative-path') || isURL('')": false,
    "isURL('https://ex ample.com/') || isURL('https://[::1') || isURL('https://example.com/a%zz')": false,
    "url('https://a:b:c/')": "refused",
  },
  formats: {
    'format.dns1123Label().validate("my-label-name").hasValue()': false,
    'format.dns1123Label().validate("contains a space").hasValue()': true,
    'format.dns1123Label().validate("a.b").hasValue()': true,
    'format.dns1123Subdomain().validate("example.com").hasValue()': false,
    'format.dns1123Subdomain().validate("contains a space").hasValue()': true,
    'format.dns1035Label().validate("1a").hasValue()': true,
    'format.qualifiedName().validate("example.com/My.name").hasValue()': false,
    'format.qualifiedName().validate("contains a space").hasValue()': true,
    'format.dns1123LabelPrefix().validate("my-label-prefix-").hasValue()': false,
    'format.dns1123SubdomainPrefix().validate("contains a space-").hasValue()': true,
    'format.labelValue().validate("my-cool-label-Value").hasValue()': false,
    'format.labelValue().validate("my-cool-label-Value!!").value().size()': 1n,
    'format.uri().validate("http://example.com").hasValue()': false,
    'format.uuid().validate("123e4567-e89b-12d3-a456-426614174000").hasValue()': false,
    'format.byte().validate("aGVsbG8=").hasValue()': false,
    'format.byte().validate("aGVsbG8").hasValue()': true,
    'format.date().validate("2020-01-01").hasValue()': false,
    'format.date().validate("2020-01-32").orValue([]).size()': 1n,
    'format.datetime().validate("2021-01-01T00:00:00Z").hasValue()': false,
    'format.datetime().validate("2020-01-32T00:00:00Z").hasValue()': true,
    'format.named("unknown").hasValue()': false,
    'format.named("uuid").value() == format.uuid()': true,
    "format.uuid() == format.uri()": false,
    'format.uuid().validate("123e4567-e89b-12d3-a456-426614174000").value()': "refused",
  },
  sets: {
    "sets.contains([1, 2, 3], [3, 1]) && sets.contains([], [])": true,
    "sets.contains([1], [1, 1.0])": true,
    "sets.contains([1, 2], [2, 3])": false,
    "sets.equivalent([1, 2, 2], [2, 1])": true,
    "sets.equivalent([1, 2], [2])": false,
    "sets.intersects([[1], [2]], [[2]])": true,
    "sets.intersects([1], [2]) || sets.intersects([], [2])": false,
  },
  expressions: {
    "'abc 123 def 456'.find('[0-9]+')": "123",
    "'abc'.find('xyz')": "",
    "'abc 123 def 456'.findAll('[0-9]+') == ['123', '456']": true,
    "'abc 123 def 456'.findAll('[0-9]+', 0) == []": true,
    "'abc 123 def 456'.findAll('[0-9]+', 1) == ['123']": true,
    "'abc 123 def 456'.findAll('[0-9]+', -1) == ['123', '456']": true,
    "'abc'.find('(?i)[[:upper:]]')": "a",
  },
};

for (const [what, expressions] of Object.entries(cases))
  describe(what, () => {
    for (const [expression, expected] of Object.entries(expressions))
      it(expression, () => {
        expect(result(expression)).toEqual(expected);
      });
  });

it("a quantity of a million digits is none, at once", () => {
  const isQuantity = plan(environment, parse("isQuantity(text)")) as (input: { text: string }) => unknown;
  const began = performance.now();
  expect(isQuantity({ text: "9".repeat(1_000_000) })).toBe(false);
  expect(isQuantity({ text: "1e1000000" })).toBe(false);
  expect(performance.now() - began).toBeLessThan(1000);
});

it("an expression takes time in proportion to its text, whatever it is", () => {
  const began = performance.now();
  expect(
    result(`'${"a".repeat(5000)}b'.find('^(a+)+$') + string('${"a".repeat(5000)}b'.matches('^(a+)+$'))`),
  ).toBe("false");
  expect(performance.now() - began).toBeLessThan(2000);
});
