import { showValue } from '../model/problem.ts';
import { UserError } from '../model/user-error.ts';
import { parseManifest } from './parse-manifest.ts';
import { type ProxyConfig, ProxyConfigShape } from './proxy-config-schema.ts';
import { checkShape } from './schema.ts';

/**
 * Reads a KubeProxyConfiguration, YAML or JSON.
 *
 * @throws UserError that names the field, when it is unknown or its value is not one that it may have.
 */
export function readProxyConfig(text: string, file: string): ProxyConfig {
  const documents = [...parseManifest(text, file)];
  if (documents.length !== 1)
    throw new UserError(`${file}: expected one KubeProxyConfiguration, found ${documents.length} documents`);
  return checkProxyConfig(documents[0], file);
}

/** The same for a configuration that is already parsed. */
export function checkProxyConfig(document: unknown, file: string): ProxyConfig {
  const faults: string[] = [];
  const config = checkShape(
    ProxyConfigShape,
    document,
    { kind: 'KubeProxyConfiguration' },
    '',
    ({ field, value, expected }) => {
      // Unknown fields are named in the message only.
      const unknown = /^Unrecognized keys?: (.*)$/.exec(expected)?.[1];
      const place = field === 'object' ? '' : `${field}: `;
      faults.push(
        unknown ? `${place}unknown field ${unknown}` : `${place}${showValue(value)}: expected ${expected}`,
      );
    },
  );
  if (config === undefined) throw new UserError(`${file}: KubeProxyConfiguration: ${faults.join('; ')}`);
  return config;
}
