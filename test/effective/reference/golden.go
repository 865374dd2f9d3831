package main

func golden() {}
