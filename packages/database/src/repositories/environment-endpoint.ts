import type { Database } from "../open-database.ts";
import { endpointSecretAad } from "./endpoints.ts";

/** The endpoint that the environment describes. Secrets arrive open and are sealed before they are stored. */
export interface EnvironmentEndpoint {
  readonly name: string;
  readonly domain: string;
  readonly port: number;
  /** `user@realm` and the token's name. */
  readonly username: string;
  readonly tokenName: string;
  readonly tokenValue: string;
  readonly verifySsl: boolean | null;
  readonly tlsCa: string | null;
  readonly tlsFingerprint: string | null;
}

/**
 * Makes or updates the one endpoint that belongs to the environment, and returns its id; never touches another one.
 * What an operator set beside (timeouts, custom fields) stays.
 */
export function keepEnvironmentEndpoint(
  { source }: Database,
  endpoint: EnvironmentEndpoint,
  seal: (plaintext: string, aad: string) => string,
): Promise<number> {
  return source.transaction(async (manager) => {
    const [row] = await manager.query<{ id: number }[]>(
      `insert into endpoint as e (name, domain, port, mode, username, token_name, verify_ssl, tls_ca, tls_fingerprint,
                                  from_environment)
       values ($1, $2, $3, 'undefined', $4, $5, $6, $7, $8, true)
       on conflict (from_environment) where from_environment do update set
         name = excluded.name, domain = excluded.domain, port = excluded.port, username = excluded.username,
         token_name = excluded.token_name, verify_ssl = excluded.verify_ssl, tls_ca = excluded.tls_ca,
         tls_fingerprint = excluded.tls_fingerprint,
         last_updated = greatest(clock_timestamp(), e.last_updated + interval '1 microsecond')
       returning id`,
      [
        endpoint.name,
        endpoint.domain,
        endpoint.port,
        endpoint.username,
        endpoint.tokenName,
        endpoint.verifySsl,
        endpoint.tlsCa,
        endpoint.tlsFingerprint,
      ],
    );
    if (row === undefined) throw new Error("The endpoint of the environment was not stored");
    // The seal is bound to the row's id, which is known only now.
    const sealed = seal(endpoint.tokenValue, endpointSecretAad(row.id, "token_value"));
    await manager.query(`update endpoint set token_value_sealed = $2 where id = $1`, [row.id, sealed]);
    return row.id;
  });
}
