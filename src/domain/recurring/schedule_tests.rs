//! Tables and properties of [`super`].
