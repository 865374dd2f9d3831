/** When alerts page someone, in Alertmanager's notation. */
export interface Paging {
  /** `always`, `office-hours` or `never`. @default always */
  readonly when?: string;
  /** The days of the office hours. @default monday:friday */
  readonly days?: string;
  /** Begin of the office hours, `HH:MM`. @default 09:00 */
  readonly start?: string;
  /** End of the office hours, `HH:MM`. @default 17:00 */
  readonly end?: string;
  /** An IANA time zone. @default UTC */
  readonly timeZone?: string;
}

/** Where the Secret with the receiver's address is mounted. */
export const receiverFolder = "/etc/alertmanager/receiver";

/**
 * Alertmanager's own configuration: what is critical, and every error of Flux, goes to the receiver while `when`
 * allows it. The three intervals are named as the values of `when` are, so that all clusters have the same
 * configuration and differ in one word.
 *
 * It stands here and not in an AlertmanagerConfig since that kind knows no time zones: hours would move with
 * daylight saving. AlertmanagerConfigs of others are put before these routes and go to their own receivers.
 */
export function alertmanagerConfig({
  when = "always",
  days = "monday:friday",
  start = "09:00",
  end = "17:00",
  timeZone = "UTC",
}: Paging): object {
  return {
    global: { resolve_timeout: "5m" },
    route: {
      receiver: "nobody",
      group_by: ["namespace", "alertname"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
      routes: [
        { receiver: "nobody", matchers: ['alertname =~ "Watchdog|InfoInhibitor"'] },
        // Flux calls the severity of what has failed `error`.
        { receiver: "pager", matchers: ['severity =~ "critical|error"'], active_time_intervals: [when] },
      ],
    },
    receivers: [
      { name: "nobody" },
      // The file is read for each notification: without it that one fails, and shows in Alertmanager's metrics.
      { name: "pager", webhook_configs: [{ url_file: `${receiverFolder}/url`, send_resolved: true }] },
    ],
    time_intervals: [
      { name: "always", time_intervals: [{ times: [{ start_time: "00:00", end_time: "24:00" }] }] },
      {
        name: "office-hours",
        time_intervals: [
          { weekdays: [days], times: [{ start_time: start, end_time: end }], location: timeZone },
        ],
      },
      { name: "never", time_intervals: [{ years: ["1970"] }] },
    ],
  };
}
