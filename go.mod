module attnbench

go 1.26.0
