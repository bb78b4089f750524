/** Which names of a file are a library's interface; `all` for an entry itself and for what it passes on with a star. */
export type PublicNames = 'all' | ReadonlySet<string>;
