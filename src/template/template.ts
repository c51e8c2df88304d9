// The one module that knows handlebars. Templates are files of templates/, found beside package.json.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';

/** Turns prepared, validated tokens into text. */
export type Template<Tokens> = (tokens: Tokens) => string;

function findTemplates(): string {
  // src/template/ when run from source, dist/ when built.
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const templates = join(folder, 'templates');
    if (existsSync(join(folder, 'package.json')) && existsSync(templates)) return templates;
    if (folder === dirname(folder)) throw new Error('the templates folder of kube-chains is missing');
  }
}

const templates = findTemplates();
const handlebars = Handlebars.create();

/** The text of `templates/NAME.hbs`. */
export function readTemplate(name: string): string {
  return readFileSync(join(templates, `${name}.hbs`), 'utf8');
}

/** Escaping would turn quotes into `&quot;`, so nothing is escaped: tokens must be valid before they come here. */
export function compileTemplate<Tokens>(text: string): Template<Tokens> {
  return handlebars.compile<Tokens>(text, {
    noEscape: true,
    knownHelpersOnly: true,
    strict: true,
    data: false,
  });
}
