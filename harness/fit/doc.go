// Package fit says how series grow along one axis (tokens, heads, batch, head dim) and where
// one overtakes another. Its functions are pure: numbers in, numbers out. Nothing is
// extrapolated: every result lies inside the lengths that it was given.
//
// The unit is the visit. A length stands for the geometric mean of its visits, and every
// interval comes from how far visits to the same length differ, each length with a spread of
// its own: a linear combination of such means has Student's t with the degrees of freedom of
// Welch and Satterthwaite (B. L. Welch, The Generalization of Student's Problem when Several
// Different Population Variances Are Involved, 1947). Resampling 3 to 6 visits with
// replacement would give intervals that are too short.
package fit
