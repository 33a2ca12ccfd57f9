/** @file The type of a language's texts. Import the language itself: `echoseal-frontend/react/texts/fi.js`. */

/**
 * The texts of one language, complete. In `{…}` stand placeholders, the same in each language.
 * @typedef {typeof import('./en.js').default} Texts
 */

/**
 * Some of the texts: what is left out is English.
 * @template T
 * @typedef {{ [Key in keyof T]?: T[Key] extends string ? string : Partial<T[Key]> }} Some
 */

/** @typedef {Some<Texts>} SomeTexts */

export {};
