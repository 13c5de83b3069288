package io.treering.internal.uring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.treering.internal.linux.LayoutTable;
import io.treering.internal.linux.ffi.Linux;
import io.treering.internal.linux.ffi.io_cqring_offsets;
import io.treering.internal.linux.ffi.io_sqring_offsets;
import io.treering.internal.linux.ffi.io_uring_cqe;
import io.treering.internal.linux.ffi.io_uring_params;
import io.treering.internal.linux.ffi.io_uring_probe;
import io.treering.internal.linux.ffi.io_uring_probe_op;
import io.treering.internal.linux.ffi.io_uring_rsrc_register;
import io.treering.internal.linux.ffi.io_uring_rsrc_update2;
import io.treering.internal.linux.ffi.io_uring_sqe;
import org.junit.jupiter.api.Test;

/// What is written out by hand is what the generated bindings say.
class UringLayoutTest {
    @Test
    void entriesAreAsDrawn() throws Exception {
        LayoutTable.check(UringLayout.class, 11);
    }

    @Test
    void structuresAreThoseOfTheBindings() {
        assertEquals(io_uring_sqe.layout().byteSize(), UringLayout.SQE_SIZE);
        assertEquals(io_uring_sqe.fd$offset(), UringLayout.SQE_FD);
        assertEquals(io_uring_sqe.opcode$offset(), UringLayout.SQE_OPCODE);
        assertEquals(io_uring_sqe.flags$offset(), UringLayout.SQE_FLAGS);
        assertEquals(io_uring_sqe.off$offset(), UringLayout.SQE_OFFSET);
        assertEquals(io_uring_sqe.addr$offset(), UringLayout.SQE_ADDRESS);
        assertEquals(io_uring_sqe.len$offset(), UringLayout.SQE_LENGTH);
        assertEquals(io_uring_sqe.fsync_flags$offset(), UringLayout.SQE_OP_FLAGS);
        assertEquals(io_uring_sqe.user_data$offset(), UringLayout.SQE_USER_DATA);
        assertEquals(io_uring_sqe.buf_index$offset(), UringLayout.SQE_BUFFER_INDEX);
        assertEquals(io_uring_cqe.layout().byteSize(), UringLayout.CQE_SIZE);
        assertEquals(io_uring_cqe.user_data$offset(), UringLayout.CQE_USER_DATA);
        assertEquals(io_uring_cqe.res$offset(), UringLayout.CQE_RESULT);
        assertEquals(io_uring_probe.layout().byteSize(), UringLayout.PROBE_SIZE);
        assertEquals(io_uring_probe_op.layout().byteSize(), UringLayout.PROBE_OP_SIZE);
        assertEquals(io_uring_probe_op.flags$offset(), UringLayout.PROBE_OP_FLAGS);
        assertEquals(io_uring_rsrc_register.layout().byteSize(), UringLayout.RESOURCES_SIZE);
        assertEquals(io_uring_rsrc_register.nr$offset(), UringLayout.RESOURCES_COUNT);
        assertEquals(io_uring_rsrc_register.flags$offset(), UringLayout.RESOURCES_FLAGS);
        assertEquals(io_uring_rsrc_update2.layout().byteSize(), UringLayout.UPDATE_SIZE);
        assertEquals(io_uring_rsrc_update2.offset$offset(), UringLayout.UPDATE_FIRST);
        assertEquals(io_uring_rsrc_update2.data$offset(), UringLayout.UPDATE_DATA);
        assertEquals(io_uring_rsrc_update2.nr$offset(), UringLayout.UPDATE_COUNT);
    }

    @Test
    void parametersAreThoseOfTheBindings() {
        long sq = io_uring_params.sq_off$offset();
        long cq = io_uring_params.cq_off$offset();
        assertEquals(io_uring_params.layout().byteSize(), UringLayout.PARAMS_SIZE);
        assertEquals(io_uring_params.sq_entries$offset(), UringLayout.PARAMS_SQ_ENTRIES);
        assertEquals(io_uring_params.cq_entries$offset(), UringLayout.PARAMS_CQ_ENTRIES);
        assertEquals(io_uring_params.flags$offset(), UringLayout.PARAMS_FLAGS);
        assertEquals(io_uring_params.features$offset(), UringLayout.PARAMS_FEATURES);
        assertEquals(sq + io_sqring_offsets.head$offset(), UringLayout.PARAMS_SQ_HEAD);
        assertEquals(sq + io_sqring_offsets.tail$offset(), UringLayout.PARAMS_SQ_TAIL);
        assertEquals(sq + io_sqring_offsets.flags$offset(), UringLayout.PARAMS_SQ_FLAGS);
        assertEquals(sq + io_sqring_offsets.array$offset(), UringLayout.PARAMS_SQ_ARRAY);
        assertEquals(cq + io_cqring_offsets.head$offset(), UringLayout.PARAMS_CQ_HEAD);
        assertEquals(cq + io_cqring_offsets.tail$offset(), UringLayout.PARAMS_CQ_TAIL);
        assertEquals(cq + io_cqring_offsets.cqes$offset(), UringLayout.PARAMS_CQ_CQES);
    }

    @Test
    void constantsAreThoseOfTheBindings() {
        assertEquals(Linux.IORING_OP_FSYNC(), UringLayout.OP_FSYNC);
        assertEquals(Linux.IORING_OP_WRITEV(), UringLayout.OP_WRITEV);
        assertEquals(Linux.IORING_OP_READ_FIXED(), UringLayout.OP_READ_FIXED);
        assertEquals(Linux.IORING_OP_WRITE_FIXED(), UringLayout.OP_WRITE_FIXED);
        assertEquals(Linux.IORING_OP_READ(), UringLayout.OP_READ);
        assertEquals(Linux.IORING_OP_WRITE(), UringLayout.OP_WRITE);
        assertEquals(Linux.IOSQE_FIXED_FILE(), UringLayout.SQE_FIXED_FILE);
        assertEquals(Linux.IORING_FSYNC_DATASYNC(), UringLayout.FSYNC_DATASYNC);
        assertEquals(Linux.IORING_SETUP_CQSIZE(), UringLayout.SETUP_CQSIZE);
        assertEquals(Linux.IORING_SETUP_CLAMP(), UringLayout.SETUP_CLAMP);
        assertEquals(Linux.IORING_SETUP_R_DISABLED(), UringLayout.SETUP_R_DISABLED);
        assertEquals(Linux.IORING_SETUP_SUBMIT_ALL(), UringLayout.SETUP_SUBMIT_ALL);
        assertEquals(Linux.IORING_SETUP_COOP_TASKRUN(), UringLayout.SETUP_COOP_TASKRUN);
        assertEquals(Linux.IORING_SETUP_TASKRUN_FLAG(), UringLayout.SETUP_TASKRUN_FLAG);
        assertEquals(Linux.IORING_SETUP_SINGLE_ISSUER(), UringLayout.SETUP_SINGLE_ISSUER);
        assertEquals(Linux.IORING_SETUP_DEFER_TASKRUN(), UringLayout.SETUP_DEFER_TASKRUN);
        assertEquals(Linux.IORING_SETUP_NO_SQARRAY(), UringLayout.SETUP_NO_SQARRAY);
        assertEquals(Linux.IORING_FEAT_SINGLE_MMAP(), UringLayout.FEATURE_SINGLE_MMAP);
        assertEquals(Linux.IORING_FEAT_NODROP(), UringLayout.FEATURE_NODROP);
        assertEquals(Linux.IORING_FEAT_SUBMIT_STABLE(), UringLayout.FEATURE_SUBMIT_STABLE);
        assertEquals(Linux.IORING_ENTER_GETEVENTS(), UringLayout.ENTER_GETEVENTS);
        assertEquals(Linux.IORING_SQ_CQ_OVERFLOW(), UringLayout.SQ_CQ_OVERFLOW);
        assertEquals(Linux.IORING_SQ_TASKRUN(), UringLayout.SQ_TASKRUN);
        assertEquals(Linux.IORING_OFF_SQ_RING(), UringLayout.MAP_RINGS);
        assertEquals(Linux.IORING_OFF_SQES(), UringLayout.MAP_ENTRIES);
        assertEquals(Linux.IORING_REGISTER_PROBE(), UringLayout.REGISTER_PROBE);
        assertEquals(Linux.IORING_REGISTER_ENABLE_RINGS(), UringLayout.REGISTER_ENABLE);
        assertEquals(Linux.IORING_REGISTER_FILES2(), UringLayout.REGISTER_FILES);
        assertEquals(Linux.IORING_REGISTER_FILES_UPDATE2(), UringLayout.UPDATE_FILES);
        assertEquals(Linux.IORING_REGISTER_BUFFERS2(), UringLayout.REGISTER_BUFFERS);
        assertEquals(Linux.IORING_REGISTER_BUFFERS_UPDATE(), UringLayout.UPDATE_BUFFERS);
        assertEquals(Linux.IORING_RSRC_REGISTER_SPARSE(), UringLayout.RESOURCES_SPARSE);
        assertEquals(Linux.IO_URING_OP_SUPPORTED(), UringLayout.PROBE_OP_SUPPORTED);
    }
}
