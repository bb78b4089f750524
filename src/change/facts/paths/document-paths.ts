/** What is written for people: by extension, by name, by place. */

const DOC_EXTENSIONS =
  /\.(?:md|mdx|markdown|mdwn|rst|adoc|asciidoc|org|tex|textile|rdoc|pod|creole|mediawiki|texi|texinfo|rd|cff)$/i;

/** Names in capitals or not, of which the first word is enough. */
const DOC_NAMES =
  /^(?:license|licence|notice|copying|copyright|patents|authors|contributors|maintainers|credits|changelog|changes|history|news|whatsnew|readme|install|upgrading|security|code_of_conduct|contributing|governance|hacking|faq|roadmap|support|thanks|todo|release[-_]?notes)(?=$|[.-])/i;
/** What may end such a name: nothing, a text, a licence's or a version's name; a program has another end. */
const ENDS_TEXT =
  /^[^.]*$|\.(?:txt|html?|in|old|lesser|lib|runtime|apache\w*|mit|bsd|gpl\w*|lgpl\w*|mpl|debian|[a-z]{2}[-_][a-z]{2}|\d[\w.-]*)$/i;

/** What stands in a folder of documentation and is read there. */
const DOC_ASSETS =
  /\.(?:png|jpe?g|gif|svg|webp|ico|pdf|drawio|excalidraw|puml|plantuml|mmd|dot|graffle|txt|avif|mp4|webm|html?|css|scss|ipynb|bib|po|pot|sgml|rmd|qmd|docx|odt|pptx|xlsx|eps|fig)$/i;
/** Pictures for a page of the repository, and texts of licences. */
const DOC_PLACES =
  /^(?:screenshots?|\.github)\/(?:[^/]+\/)*[^/]+\.(?:png|jpe?g|gif|svg|webp|mp4)$|(?:^|\/)licen[cs]es\/[^/]+\.(?:txt|html)$|(?:^|\/)vignettes\/[^/]+\.(?:rmd|qmd|rnw)$/i;
/** Tables of contents and settings of documentation sites: data, no code. */
const DOC_SITE =
  /^(?:(?:docs?|documentation)\/(?:[\w-]+\/)*(?:_?toc|_?nav\w*|sidebars?|_category_|_meta|mkdocs|_config|antora)\.(?:ya?ml|json)|mkdocs\.ya?ml|\.readthedocs\.ya?ml|\.all-contributorsrc|\.mailmap|antora(?:-playbook)?\.ya?ml|\.changeset\/[\w-]+\.md)$/;
/** Notes that a release's list of changes is put together from. */
const RELEASE_NOTES =
  /(?:^|\/)(?:releasenotes\/notes|changelogs?\/(?:unreleased|fragments|next)|changelog\.d|newsfragments|news\.d|\.changes\/[\w.-]+|\.changelog)\/(?:[^/]+\/)*[^/]+\.(?:ya?ml|txt|json)$/i;
/** Pages of a manual: `sshd_config.5`, `shop-list.1.in`; no library (`libshop.so.1`) and no version (`python3.8`). */
const MAN_PAGE = /^(?!.*\.so\.)(?:[\w.+-]*[A-Za-z_])\.[1-8](?:[a-z]{1,4})?(?:\.in)?$/;
const CODE_LIKE = /\.(?:m?[jt]sx?|c[jt]s|py|rb|go|rs|java|kt|cs|php|exs?|sh|ya?ml|json|toml|sql|tf)$/i;
const DOC_DIRECTORY = /(?:^|\/)(?:docs?|documentation|wiki|man|_sources)\//i;
/** Texts that programs read. */
const NOT_TEXT_DOCS =
  /(?:^|\/)(?:requirements[\w.-]*|constraints[\w.-]*|cmakelists|robots|humans|llms|version|runtime|packages|apt|ads|app-ads|sitemap|exclude|ignore|allowlist|whitelist|wordlist|words|dictionary)\.txt$/i;
/** What a model is told and what the program sends is a part of the program, in whatever letters. */
const SHIPPED_TEXT = /(?:^|\/)(?:(?:system[-_])?prompts?|views|emails?|mail(?:s|ers?)?)\/|\.prompt\.(?:md|txt)$/i;

export function isDocFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const inDocs = DOC_DIRECTORY.test(path);
  if (!inDocs && SHIPPED_TEXT.test(path) && !DOC_NAMES.test(name)) return false;
  if (DOC_EXTENSIONS.test(name) || DOC_SITE.test(path) || RELEASE_NOTES.test(path)) return true;
  if (CODE_LIKE.test(name) || NOT_TEXT_DOCS.test(path)) return false;
  if ((DOC_NAMES.test(name) && ENDS_TEXT.test(name)) || MAN_PAGE.test(name) || DOC_PLACES.test(path)) return true;
  return inDocs ? DOC_ASSETS.test(name) : /\.txt$/i.test(name) && !path.includes('/');
}

/** Below a folder of documentation, whatever it is. */
export function isInDocs(path: string): boolean {
  return DOC_DIRECTORY.test(path);
}
