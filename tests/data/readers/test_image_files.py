from keras_ceb._src.data.readers.image_files import index


def test_the_files_of_a_folder(folder):
    names, files = index(folder)
    assert names == ["B", "a", "b", "empty", "link"]
    found = [(str(f.relative_to(folder)), label) for f, label in files]
    assert found == [
        ("B/1.Bmp", 0),
        ("a/1.gif", 1),
        ("a/2.png", 1),
        ("a/3.png", 1),
        ("b/.hidden.png", 2),
        ("b/10.png", 2),
        ("b/2.png", 2),
        ("b/link.png", 2),
        ("b/.hidden/1.png", 2),
        ("b/more/1.PNG", 2),
        ("b/more/deep/1.png", 2),
        ("link/9.png", 4),
    ]
