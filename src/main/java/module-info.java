/// Treering, an embeddable ordered key/value store for the JVM.
module io.treering {
    requires org.jctools.core.jdk11;
    requires zero.allocation.hashing;
    requires static transitive org.jspecify;

    exports io.treering;
    exports io.treering.device;
}
