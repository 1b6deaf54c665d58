"""python -m pipeline: the command line."""

if __name__ == "__main__":
    from pipeline.cli import main

    main()
