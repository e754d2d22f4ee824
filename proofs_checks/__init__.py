"""The papers' statements, written with the toolkit: one package a paper. Imports verify; verify never imports this."""
