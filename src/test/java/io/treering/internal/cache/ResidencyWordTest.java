package io.treering.internal.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ResidencyWordTest {
    @Test
    void thePictureShowsTheConstants() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("src/main/java/io/treering/internal/cache/ResidencyWord.java"));
        int names = 0;
        while (!lines.get(names).contains("|      frame ")) {
            names++;
        }
        List<Integer> bits = new ArrayList<>();
        Matcher numbers = Pattern.compile("\\d+").matcher(lines.get(names - 2));
        while (numbers.find()) {
            bits.add(Integer.parseInt(numbers.group()));
        }
        List<String> fields = new ArrayList<>();
        Matcher words = Pattern.compile("[a-z]+").matcher(lines.get(names));
        while (words.find()) {
            fields.add(words.group());
        }

        assertEquals(List.of("frame", "version", "state", "cooling"), fields);
        assertEquals(
                List.of(
                        ResidencyWord.FRAME_SHIFT + ResidencyWord.FRAME_BITS - 1,
                        ResidencyWord.FRAME_SHIFT,
                        ResidencyWord.VERSION_SHIFT + ResidencyWord.VERSION_BITS - 1,
                        ResidencyWord.VERSION_SHIFT,
                        ResidencyWord.STATE_SHIFT + ResidencyWord.STATE_BITS - 1,
                        ResidencyWord.STATE_SHIFT,
                        ResidencyWord.COOLING_BITS - 1),
                bits);
        assertEquals(Long.SIZE, ResidencyWord.FRAME_SHIFT + ResidencyWord.FRAME_BITS);
    }

    @Test
    void aWordOfZerosIsAnAbsentPage() {
        assertEquals(ResidencyWord.ABSENT, ResidencyWord.state(0));
        assertEquals("absent", ResidencyWord.name(0));
    }

    @Test
    void theNextWordHasTheFrameTheStateAndAnotherVersion() {
        int frame = ResidencyWord.MAXIMUM_FRAMES - 1;
        long word = ResidencyWord.next(0, frame, ResidencyWord.EVICTING);
        long again = ResidencyWord.next(word, frame, ResidencyWord.EVICTING);

        assertEquals(frame, ResidencyWord.frame(word));
        assertEquals(ResidencyWord.EVICTING, ResidencyWord.state(word));
        assertNotEquals(word, again);
        assertFalse(ResidencyWord.same(word, again));
    }

    @Test
    void theVersionComesRoundWithoutTouchingItsNeighbours() {
        long last = 0xffff_ffffL << ResidencyWord.VERSION_SHIFT | ResidencyWord.COOLING;
        long first = 1L << ResidencyWord.FRAME_SHIFT | ResidencyWord.LOADING;

        assertEquals(first, ResidencyWord.next(last, 1, ResidencyWord.LOADING));
    }

    @Test
    void theCoolingBitMakesNoOtherWord() {
        long word = ResidencyWord.next(0, 3, ResidencyWord.RESIDENT);
        long cooling = word | ResidencyWord.COOLING;

        assertTrue(ResidencyWord.same(word, cooling));
        assertFalse(ResidencyWord.isCooling(ResidencyWord.next(cooling, 3, ResidencyWord.RESIDENT)));
    }
}
