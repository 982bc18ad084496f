// One time step of recurrent layers, forward and backward: the recurrent product, the gates and the state together.
//
// H is the number of hidden units, `units`. Gates lie side by side in rows: one of the simple units, (input, forget, cell, output)
// of the LSTM, (reset, update, new) of the GRU. Rows are signals of a batch; each stride counts elements from a row to
// the next. A packed matrix is that of Convolutions.h, in blocks of `block_outputs` outputs, padded to vectors.

#ifndef KODAMA_RECURRENT_H
#define KODAMA_RECURRENT_H

#include <stddef.h>
#include <stdint.h>

typedef enum : int32_t {
  KODAMA_RECURRENT_TANH,
  KODAMA_RECURRENT_RELU,
  KODAMA_RECURRENT_LSTM,
  KODAMA_RECURRENT_GRU,
} kodama_recurrence;

typedef struct {
  kodama_recurrence kind;
  size_t rows, units;
  // The recurrent weight, packed: forward from H inputs to the outputs of all gates, backward from these to H.
  const float *weight;
  // Of the GRU: added to the recurrent product of the new gate, [H]; NULL for 0.
  const float *bias;
  // Of the LSTM, [3][H]: the weights of the cell in the input, the forget and the output gate; NULL for none.
  const float *peepholes;
  // Forward: the gates' inputs without the recurrent product, which become the gates (of the simple units they stay).
  // Backward: the gates, which become the gradients of their inputs.
  float *gates;
  size_t gates_stride;
  // The hidden state and the cell before the step, and after it. Forward, the one may be the memory of the other.
  const float *previous;
  size_t previous_stride;
  const float *previous_cell;
  size_t previous_cell_stride;
  float *hidden;
  size_t hidden_stride;
  float *cell;
  size_t cell_stride;
  // Of the GRU: the recurrent product of the new gate with its bias; NULL where it is not kept.
  float *product;
  size_t product_stride;
  // Forward: memory for `rows` rows of the packed outputs of all gates.
  float *scratch;
} kodama_recurrent_step;

typedef struct {
  // Of the step's output; NULL for 0.
  const float *output;
  size_t output_stride;
  // Of the hidden state after the step, to which that of the output is added; becomes that of the state before. H is
  // padded to vectors.
  float *hidden;
  size_t hidden_stride;
  // The same of the LSTM's cell.
  float *cell;
  size_t cell_stride;
  // Of the GRU: becomes the gradient of the recurrent products of all gates, which differs from that of the gates'
  // inputs in the new gate.
  float *products;
  size_t products_stride;
  // Of the peepholes: the step's are added, [rows][3][H].
  float *peepholes;
} kodama_recurrent_gradients;

#endif
