/** Where Bull Board is mounted. */
export const BOARD_PATH = '/admin/queues';
