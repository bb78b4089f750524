/** Servers of Debian's packages stand in sbin, which an ordinary user's PATH lacks. */
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
