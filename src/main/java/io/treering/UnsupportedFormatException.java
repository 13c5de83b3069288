package io.treering;

/// The store was written in a format that this release does not know, by a later release most likely. Nothing has been
/// changed.
public final class UnsupportedFormatException extends TreeringException {
    private static final long serialVersionUID = 1L;

    private final int found;
    private final int supported;

    /// A format version that is not supported.
    ///
    /// @param device the device's name, a path in most cases
    /// @param found the version that was found
    /// @param supported the newest version that this release reads
    public UnsupportedFormatException(String device, int found, int supported) {
        super(device + " has format version " + found + "; this release reads version " + supported);
        this.found = found;
        this.supported = supported;
    }

    /// The version that was found.
    ///
    /// @return the format version
    public int found() {
        return found;
    }

    /// The newest version that this release reads.
    ///
    /// @return the format version
    public int supported() {
        return supported;
    }
}
