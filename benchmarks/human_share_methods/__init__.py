"""Ways to deliver the labels of a set, each judged by what people had to look at."""
